// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { Ip } from "../base/net/ip.ts";
import { EvpnError } from "../evpn/errors.ts";
import { link } from "../netlink/route/link.ts";
import { agentConfig, FakeHost } from "./testing/fake-host.ts";

function macs(host: FakeHost): string[] {
  return [...host.vtep.evpn.macs()].map((m) => `${m.mac} ${m.where} ${m.at} ${m.sequence}`);
}

test("an adopted network that is to be in a domain, or has the VNI of one, is refused and harms no other", async () => {
  const host = new FakeHost();
  for (const vni of [100, 101, 5001]) host.addAdopted(vni);
  const vtep = await host.start(
    `adopt: true\ndomains: [{ name: shop, l3vni: 5001 }]\nnetworks: [{ name: web, vni: 101, domain: shop }, { name: db, vni: 102, domain: shop }]`,
  );
  assert.deepEqual(
    vtep.resolved.plans.map((p) => `${p.network} ${p.mode}`),
    ["vx100 adopt", "db own"],
  );
  assert.deepEqual(
    vtep.resolved.refused.map((r) => `${r.network}: ${r.reason}`),
    [
      "vx5001: VNI 5001 is the `l3vni` of domain shop; one of them needs another",
      "web: vx101 and br101 in the host namespace have its VNI 101 and are not the agent's, so it cannot be in domain shop: take `domain` out, or remove these devices, and the agent makes its own",
    ],
  );
  host.run("", link.delete("vx101"));
  await host.settle();
  assert.deepEqual(
    vtep.resolved.plans.map((p) => `${p.network} ${p.mode}`),
    ["vx100 adopt", "web own", "db own"],
  );
  await host.stop();
});

test("what changed while networks were refused is looked at all the same", async () => {
  const host = new FakeHost();
  host.addAdopted(100);
  await host.start("adopt: true");
  const { evpn } = host.vtep;
  const refuse = (): never => {
    throw new EvpnError("WEFT_EVPN_RD_TWICE", "two networks have the same RD");
  };
  // By devices: what is served already goes on.
  const refusing = mock.method(evpn, "configure", refuse);
  host.addAdopted(300);
  host.addWorkload("", "p1");
  host.run("", link.set("p1", { master: host.index("", "br100") }));
  host.learn("", "p1", "02:00:00:00:01:01");
  await host.settle();
  assert.ok(host.journal.events.some((e) => e.event === "agent.config-refused"));
  assert.ok(macs(host).includes("02:00:00:00:01:01 local p1 0"), macs(host).join());
  // By a configuration: nothing of it is taken, and what the kernel told before it is not forgotten with it.
  host.learn("", "p1", "02:00:00:00:01:09");
  host.kernel.flush();
  assert.throws(() => host.vtep.reconfigure(agentConfig("adopt: true")), EvpnError);
  refusing.mock.restore();
  await host.settle();
  assert.ok(macs(host).includes("02:00:00:00:01:09 local p1 0"), macs(host).join());
  assert.deepEqual(
    host.vtep.resolved.plans.map((p) => p.network),
    ["vx100", "vx300"],
  );
  await host.stop();
});

test("a configuration that is refused leaves nothing of what it asked of the host", async () => {
  const host = new FakeHost();
  await host.start("networks: [{ name: web, vni: 101 }]");
  const had = host.vtep.underlay;
  assert.equal(had.device, "eth0");
  const refusing = mock.method(host.vtep.evpn, "configure", (): never => {
    throw new EvpnError("WEFT_EVPN_RD_TWICE", "two networks have the same RD");
  });
  const config = agentConfig("networks: [{ name: web, vni: 101 }]");
  const other = { ...config, vtep: { ...config.vtep!, address: "10.0.0.9" as Ip } };
  assert.throws(() => host.vtep.reconfigure(other), EvpnError);
  refusing.mock.restore();
  await host.settle();
  assert.deepEqual(host.vtep.underlay, had);
  await host.stop();
});
