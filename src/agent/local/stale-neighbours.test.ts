// SPDX-License-Identifier: Apache-2.0
/** Neighbours that the kernel learned of a MAC that is elsewhere: its bridge would answer ARP from them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import { link } from "../../netlink/route/link.ts";
import { neighbour } from "../../netlink/route/neighbour.ts";
import { NTF_EXT_LEARNED, NUD_FAILED, NUD_PERMANENT, NUD_REACHABLE, NUD_STALE } from "../../netlink/route/neighbour-flags.ts";
import { FakeHost } from "../testing/fake-host.ts";
import { RemoteHost } from "../testing/remote-host.ts";

const far = "02:00:00:00:02:01";
const near = "02:00:00:00:01:01";
const nowhere = "02:00:00:00:03:01";
const h2 = new RemoteHost("10.0.0.2");

async function up(options: { readonly converged: boolean } = { converged: true }): Promise<FakeHost> {
  const host = new FakeHost();
  host.addAdopted(100);
  host.addWorkload("", "p1");
  host.run("", link.set("p1", { master: host.index("", "br100") }));
  const vtep = await host.start("adopt: true");
  vtep.applyBest([h2.multicast(100), h2.mac(100, far), h2.mac(100, far, { ip: "192.168.1.2" })]);
  host.learn("", "p1", near);
  await host.settle();
  if (options.converged) await converge(host);
  return host;
}

async function converge(host: FakeHost): Promise<void> {
  host.vtep.convergedBy("test");
  host.clock.advance(3000);
  await host.settle();
}

/** As the kernel learns it from gratuitous ARP, or an administrator tells it. */
function put(host: FakeHost, ip: string, mac: string, state: number): void {
  host.run("", neighbour.replace({ ifindex: host.index("", "br100"), ip: ip as Ip, mac: mac as Mac, state }));
}

/** Addresses of the bridge's neighbours, with their mark and state; those that EVPN told of are left out. */
function addresses(host: FakeHost): readonly string[] {
  return host.entries().flatMap((line) => {
    const [, ip, mark = "", state] = /^(\S+) dev br100 lladdr \S+ (extern_learn )?nud (\S+)/.exec(line) ?? [];
    return ip === undefined || (mark !== "" && state === "noarp") ? [] : [`${ip} ${mark}${state}`];
  });
}

test("what the kernel learns of a MAC that is elsewhere goes at once; nothing else does", async () => {
  const host = await up();
  put(host, "192.168.1.51", far, NUD_STALE);
  put(host, "fd00:1::51", far, NUD_STALE);
  put(host, "192.168.1.52", near, NUD_STALE);
  put(host, "192.168.1.53", nowhere, NUD_STALE);
  put(host, "192.168.1.54", far, NUD_PERMANENT);
  put(host, "192.168.1.55", far, NUD_REACHABLE);
  await host.settle();
  const others = ["192.168.1.52 extern_learn probe", "192.168.1.53 stale", "192.168.1.54 permanent"];
  assert.deepEqual(addresses(host), [...others, "192.168.1.55 reachable"]);
  // Nobody answered this kernel any more, or it did not need the address.
  put(host, "192.168.1.55", far, NUD_STALE);
  await host.settle();
  assert.deepEqual(addresses(host), others);
  await host.stop();
});

test("what was there before the peers have told everything goes when they have", async () => {
  const host = await up({ converged: false });
  put(host, "192.168.1.51", far, NUD_STALE);
  await host.settle();
  assert.deepEqual(addresses(host), ["192.168.1.51 stale"]);
  await converge(host);
  assert.deepEqual(addresses(host), []);
  await host.stop();
});

test("the audit finds what no event told", async () => {
  const host = await up();
  put(host, "192.168.1.51", far, NUD_STALE);
  host.kernel.overrun();
  await host.settle();
  await host.vtep.audit.run();
  await host.settle();
  assert.deepEqual(addresses(host), []);
  await host.stop();
});

test("a MAC that may not move leaves nothing behind where somebody claimed it", async () => {
  const host = await up();
  host.vtep.applyBest([h2.mac(100, nowhere, { sticky: true })]);
  await host.settle();
  host.learn("", "p1", nowhere);
  put(host, "192.168.1.61", nowhere, NUD_REACHABLE);
  await host.settle();
  assert.ok(host.entries().includes(`${nowhere} dev vx100 master extern_learn`), host.entries().join("\n"));
  assert.deepEqual(addresses(host), []);
  await host.stop();
});

test("what the kernel learns of a MAC that is here is kept from its garbage collection until the MAC is nowhere", async () => {
  const host = await up();
  put(host, "192.168.1.52", near, NUD_REACHABLE);
  put(host, "fd00:1::52", near, NUD_STALE);
  await host.settle();
  assert.deepEqual(addresses(host), ["192.168.1.52 extern_learn probe", "fd00:1::52 extern_learn stale"]);
  const before = host.kernel.log.length;
  await host.stop();
  await host.start("adopt: true");
  assert.equal(host.kernel.log.length, before, "a restart leaves them as they are");
  host.run("", link.set("p1", { master: 0 }));
  await host.settle();
  assert.deepEqual(addresses(host), ["192.168.1.52 stale", "fd00:1::52 stale"]);
  host.run("", link.set("p1", { master: host.index("", "br100") }));
  host.learn("", "p1", near);
  await host.settle();
  assert.deepEqual(addresses(host), ["192.168.1.52 extern_learn probe", "fd00:1::52 extern_learn stale"]);
  await host.stop();
  await host.cleanup();
  assert.deepEqual(addresses(host), ["192.168.1.52 stale", "fd00:1::52 stale"]);
});

test("an address for which nobody answers is gone from the kernel, too, although it was kept", async () => {
  const host = await up();
  put(host, "192.168.1.52", near, NUD_REACHABLE);
  await host.settle();
  const ifindex = host.index("", "br100");
  host.run("", neighbour.replace({ ifindex, ip: "192.168.1.52" as Ip, state: NUD_FAILED, flags: NTF_EXT_LEARNED, protocol: 87 }));
  await host.settle();
  assert.deepEqual(addresses(host), []);
  assert.deepEqual(
    [...host.vtep.evpn.neighbours()].filter((n) => n.where === "local"),
    [],
  );
  await host.stop();
});
