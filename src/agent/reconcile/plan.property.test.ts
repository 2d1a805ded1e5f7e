// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import { fdb } from "../../netlink/route/fdb.ts";
import { link } from "../../netlink/route/link.ts";
import { neighbour } from "../../netlink/route/neighbour.ts";
import { NTF_EXT_LEARNED, NTF_MASTER, NTF_SELF, NUD_REACHABLE } from "../../netlink/route/neighbour-flags.ts";
import type { NetlinkRequest } from "../../netlink/route/request.ts";
import type { DesiredState } from "../desired/desired-state.ts";
import { applyOps } from "../kernel/apply.ts";
import { ownedKeys } from "../kernel/owned-keys.ts";
import { agentConfig, FakeHost } from "../testing/fake-host.ts";
import { RemoteHost } from "../testing/remote-host.ts";
import { plan } from "./plan.ts";

const macs = ["02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03"] as readonly string[] as readonly Mac[];
const hosts = [new RemoteHost("10.0.0.2"), new RemoteHost("10.0.0.3")];
const head = "domains: [{ name: shop }]\nnetworks: [{ name: plain, vni: 100 }, { name: web, vni: 101, domain: shop }]\n";

/** What may happen to a kernel behind the agent's back, in the namespace of a network. */
type Damage = (host: FakeHost, ns: string, vni: number) => readonly NetlinkRequest[];
const damages: Readonly<Record<string, Damage>> = {
  "delete the VXLAN": (_h, _ns, vni) => [link.delete(`vx${vni}`)],
  "delete the bridge": (_h, _ns, vni) => [link.delete(`br${vni}`)],
  "take it out of the bridge": (_h, _ns, vni) => [link.set(`vx${vni}`, { master: 0 })],
  "set it down": (_h, _ns, vni) => [link.set(`br${vni}`, { up: false })],
  "change the MTU": (_h, _ns, vni) => [link.set(`vx${vni}`, { mtu: 1300 })],
  "forge an entry": (h, ns, vni) => [
    fdb.replace({
      ifindex: h.index(ns, `vx${vni}`),
      mac: macs[0]!,
      dst: "10.0.0.66" as Ip,
      state: NUD_REACHABLE,
      flags: NTF_SELF | NTF_MASTER | NTF_EXT_LEARNED,
    }),
  ],
  "flood elsewhere": (h, ns, vni) => [fdb.appendFlood(h.index(ns, `vx${vni}`), "10.0.0.66" as Ip, { flags: NTF_SELF | NTF_EXT_LEARNED })],
  "forge a neighbour": (h, ns, vni) => [
    neighbour.replace({ ifindex: h.index(ns, `br${vni}`), ip: "192.0.2.1" as Ip, mac: macs[2]!, state: NUD_REACHABLE, flags: 0 }),
  ],
};
const damage = fc.record({ what: fc.constantFrom(...Object.keys(damages)), vni: fc.constantFrom(100, 101), unseen: fc.boolean() });
const announced = fc.array(
  fc.record({
    host: fc.constantFrom(0, 1),
    vni: fc.constantFrom(100, 101),
    mac: fc.constantFrom(...macs),
    ip: fc.constantFrom(undefined, "192.0.2.1"),
  }),
  { maxLength: 6 },
);

test("whatever was done to the kernel, applying the plan leaves an empty plan", async () => {
  await fc.assert(
    fc.asyncProperty(announced, fc.array(damage, { maxLength: 4 }), async (routes, harm) => {
      const host = new FakeHost();
      const vtep = await host.start(head);
      vtep.convergedBy("test");
      host.clock.advance(3000);
      vtep.applyBest(hosts.flatMap((h) => [h.multicast(100), h.multicast(101)]));
      vtep.applyBest(routes.map(({ host: h, vni, mac, ip }) => hosts[h]!.mac(vni, mac, ip === undefined ? {} : { ip })));
      await host.settle();
      for (const { what, vni, unseen } of harm) {
        const ns = vni === 100 ? "" : "weft-shop";
        // Devices may be gone from an earlier blow.
        if (host.links(ns).includes(`vx${vni}`) && host.links(ns).includes(`br${vni}`)) host.run(ns, ...damages[what]!(host, ns, vni));
        if (unseen) host.kernel.overrun();
      }
      await host.settle();
      await vtep.audit.run();
      await host.settle();
      for (const ns of vtep.kernel.opened()) assert.equal(vtep.kernel.snapshot(ns), 0, "the mirror is right");
      const left = plan([...vtep.desired.objects.keys(), ...ownedKeys(vtep.mirror)], vtep.planContext);
      assert.equal(left.opCount, 0, JSON.stringify(left.ranks.flat()));
      assert.equal(vtep.reconciler.failures.size, 0);
      await host.stop();
    }),
    { numRuns: 40 },
  );
});

test("a plan makes before it uses and removes last", async () => {
  const host = new FakeHost();
  const vtep = await host.start("networks: []");
  const planned = plan(vtep.desired.configure(...placed(head)), vtep.planContext);
  const kinds = planned.ranks.flat().map((op) => op.kind);
  assert.equal(kinds[0], "create-namespace");
  assert.ok(kinds.lastIndexOf("create-link") < kinds.indexOf("set-master"));
  assert.ok(kinds.lastIndexOf("set-master") < kinds.indexOf("set-port-flags"));
  for (const ops of planned.ranks) assert.ok(applyOps(ops, vtep.kernel).every((r) => r === undefined));
  await host.settle();
  assert.deepEqual(host.links("weft-shop"), ["br101", "lo", "vx101"]);
  await host.stop();
});

function placed(yaml: string): Parameters<DesiredState["configure"]> {
  const { networks } = agentConfig(yaml);
  const vtep = "10.0.0.1" as Ip;
  const plans = networks.map((n) => ({
    network: n.name,
    vni: n.vni,
    mode: "own" as const,
    domain: n.domain,
    ns: n.domain === undefined ? "" : `weft-${n.domain}`,
    bridge: `br${n.vni}`,
    vxlan: `vx${n.vni}`,
    vtep,
    port: 4789,
    mtu: undefined,
    gateway: undefined,
    unknownNeighbours: n.unknownNeighbours,
  }));
  return [plans, []];
}
