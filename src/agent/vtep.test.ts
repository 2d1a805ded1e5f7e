// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ip } from "../base/net/ip.ts";
import type { Mac } from "../base/net/mac.ts";
import { FDB_STATIC, fdb } from "../netlink/route/fdb.ts";
import { link } from "../netlink/route/link.ts";
import { neighbour } from "../netlink/route/neighbour.ts";
import { NTF_EXT_LEARNED, NTF_MASTER, NTF_SELF, NUD_STALE } from "../netlink/route/neighbour-flags.ts";
import { agentConfig, FakeHost } from "./testing/fake-host.ts";
import { RemoteHost } from "./testing/remote-host.ts";

const own = `
domains: [{ name: shop }]
networks: [{ name: plain, vni: 100 }, { name: web, vni: 101, domain: shop }]
`;
const adopt = "adopt: true";
const mac = "02:00:00:00:01:02";
const h2 = new RemoteHost("10.0.0.2");
const h3 = new RemoteHost("10.0.0.3");

/** What is in the kernel for `mac` at 10.0.0.2, as `bridge fdb` and `ip neigh` print it. */
const programmed = [
  "00:00:00:00:00:00 dev vx100 dst 10.0.0.2 self extern_learn permanent",
  `${mac} dev vx100 dst 10.0.0.2 self extern_learn`,
  `${mac} dev vx100 master extern_learn`,
  `192.168.1.2 dev br100 lladdr ${mac} extern_learn nud noarp proto 87`,
];

async function adopted(): Promise<FakeHost> {
  const host = new FakeHost();
  host.addAdopted(100);
  const vtep = await host.start(adopt);
  vtep.convergedBy("test");
  host.clock.advance(3000);
  vtep.applyBest([h2.multicast(100), h2.mac(100, mac), h2.mac(100, mac, { ip: "192.168.1.2" })]);
  await host.settle();
  return host;
}

function routes(host: FakeHost): string[] {
  return [...host.vtep.evpn.macs()].map((m) => `${m.mac} ${m.where} ${m.at} ${m.sequence}`);
}

test("own mode makes devices, namespaces and sysctls, and nothing is left to do", async () => {
  const host = new FakeHost();
  const vtep = await host.start(own);
  assert.deepEqual(host.links(""), ["br100", "eth0", "lo", "vx100", "wire"]);
  assert.deepEqual(host.links("weft-shop"), ["br101", "lo", "vx101"]);
  assert.equal(host.sysctls.get("weft-shop net.bridge.bridge-nf-call-iptables"), "0");
  const vx = vtep.mirror.link("weft-shop", "vx101");
  assert.equal(vtep.mirror.link("weft-shop", "br101")?.mtu, 1450);
  assert.deepEqual([vx?.mtu, vx?.port, vx?.alias, vx?.up], [65_000, { neighSuppress: true, learning: false, open: true }, "weft", true]);
  const before = host.kernel.log.length;
  await vtep.audit.run();
  await host.settle();
  assert.equal(host.kernel.log.length, before);
  assert.ok(vtep.ready);
  await host.stop();
});

test("a remote MAC needs an entry in both tables, its VTEP one for flooding, its address a neighbour", async () => {
  const host = await adopted();
  assert.deepEqual(host.entries(), programmed);
  host.vtep.applyBest([h2.gone(100, mac), h2.gone(100, mac, "192.168.1.2")]);
  await host.settle();
  assert.deepEqual(host.entries(), programmed.slice(0, 1));
  await host.stop();
});

test("a restart touches nothing that is right, and takes away what is wrong only when the peers have been heard", async () => {
  const host = await adopted();
  await host.stop();
  const stale = "02:00:00:00:01:99";
  const index = host.index("", "vx100");
  host.run(
    "",
    fdb.replace({ ifindex: index, mac: stale as Mac, dst: "10.0.0.2" as Ip, state: 2, flags: NTF_SELF | NTF_MASTER | NTF_EXT_LEARNED }),
  );
  host.kernel.log.length = 0;
  const vtep = await host.start(adopt);
  assert.equal(vtep.adopted, 4);
  vtep.applyBest([h2.multicast(100), h2.mac(100, mac), h2.mac(100, mac, { ip: "192.168.1.2" })]);
  await host.settle();
  await vtep.audit.run();
  await host.settle();
  assert.deepEqual(host.kernel.log, []);
  vtep.convergedBy("test");
  host.clock.advance(3000);
  await host.settle();
  assert.equal(host.kernel.log.length, 2);
  for (const line of host.kernel.log) assert.match(line, new RegExp(`bridge fdb del ${stale}`));
  assert.deepEqual(host.entries(), programmed);
  await host.stop();
});

test("until the peers have been heard, what an earlier run left stays; what this one put there goes when it is withdrawn", async () => {
  const host = await adopted();
  await host.stop();
  const vtep = await host.start(adopt);
  const fresh = "02:00:00:00:01:77";
  vtep.applyBest([h2.mac(100, fresh), h2.mac(100, fresh, { ip: "192.168.1.77" }), h2.mac(100, mac)]);
  await host.settle();
  assert.equal(host.entries().length, programmed.length + 3);
  vtep.applyBest([h2.gone(100, fresh), h2.gone(100, fresh, "192.168.1.77"), h2.gone(100, mac)]);
  await host.settle();
  assert.deepEqual(host.entries(), programmed);
  await host.stop();
});

test("what an earlier run left stays while the table that says it again is still being taken", async () => {
  const host = await adopted();
  await host.stop();
  const vtep = await host.start(adopt);
  vtep.convergedBy("test");
  const others = Array.from({ length: 3000 }, (_, i) =>
    h2.mac(100, `02:00:00:01:${(i >> 8).toString(16).padStart(2, "0")}:${(i & 255).toString(16).padStart(2, "0")}`),
  );
  vtep.applyBest([h2.multicast(100), ...others, h2.mac(100, mac), h2.mac(100, mac, { ip: "192.168.1.2" })]);
  host.kernel.log.length = 0;
  host.clock.advance(3000);
  await host.settle();
  assert.deepEqual(
    host.kernel.log.filter((line) => line.includes(" del ")),
    [],
  );
  assert.equal(vtep.converged, false);
  host.clock.advance(3000);
  assert.equal(vtep.converged, true);
  await host.settle();
  assert.ok(programmed.every((line) => host.entries().includes(line)));
  await host.stop();
});

test("what somebody deletes or changes is put right, counted and reported", async () => {
  const host = await adopted();
  const index = host.index("", "vx100");
  host.run(
    "",
    fdb.delete({ ifindex: index, mac: mac as Mac, flags: NTF_SELF }),
    neighbour.delete(host.index("", "br100"), "192.168.1.2" as Ip),
  );
  await host.settle();
  assert.deepEqual(host.entries(), programmed);
  assert.equal(host.metrics.values.get('weft_kernel_repairs_total{kind="remote-mac"}'), 1);
  assert.ok(host.journal.events.some((e) => e.event === "kernel.repaired"));
  // Now behind the back of the events, too: only the audit can find it.
  host.run("", fdb.deleteFlood(index, "10.0.0.2" as Ip));
  host.kernel.overrun();
  await host.vtep.audit.run();
  await host.settle();
  assert.deepEqual(host.entries(), programmed);
  await host.stop();
});

test("entries of others are left alone and shown as conflicts", async () => {
  const host = new FakeHost();
  host.addAdopted(100);
  host.addWorkload("", "p1");
  host.run("", link.set("p1", { master: host.index("", "br100") }));
  host.run("", fdb.add({ ifindex: host.index("", "p1"), mac: mac as Mac, state: FDB_STATIC, flags: NTF_MASTER }));
  host.run("", neighbour.add({ ifindex: host.index("", "br100"), ip: "192.168.1.9" as Ip, mac: "02:00:00:00:00:09" as Mac }));
  const vtep = await host.start(adopt);
  vtep.applyBest([h2.mac(100, "02:00:00:00:00:10", { ip: "192.168.1.9" })]);
  await host.settle();
  assert.ok(host.entries().includes("192.168.1.9 dev br100 lladdr 02:00:00:00:00:09 nud permanent"));
  assert.deepEqual([...vtep.reconciler.conflicts.keys()], ["neighbour  br100 192.168.1.9"]);
  await host.stop();
});

test("one object that fails is tried again and stops no other", async () => {
  const host = new FakeHost();
  host.addAdopted(100);
  const vtep = await host.start(adopt);
  host.kernel.failNext((r) => r.object === "fdb" && r.entry.mac === mac, "ENOSPC", "no room");
  vtep.applyBest([h2.mac(100, mac), h2.mac(100, "02:00:00:00:01:03")]);
  await host.settle();
  const [failing] = [...vtep.reconciler.failures.entries()];
  assert.match(failing![1].failure.message, /no room/);
  assert.ok(host.entries().some((e) => e.startsWith("02:00:00:00:01:03 dev vx100 dst")));
  host.clock.advance(1000);
  await host.settle();
  assert.equal(vtep.reconciler.failures.size, 0);
  assert.ok(host.entries().includes(programmed[1]!));
  assert.ok(host.journal.events.some((e) => e.event === "kernel.object-recovered"));
  await host.stop();
});

test("devices that cannot be served are refused with a reason and harm no other", async () => {
  const host = new FakeHost();
  host.addAdopted(100);
  host.addAdopted(200, { vlanFiltering: true });
  host.addAdopted(300, { external: true });
  const vtep = await host.start(adopt);
  assert.deepEqual(
    vtep.resolved.plans.map((p) => p.network),
    ["vx100"],
  );
  assert.deepEqual(
    vtep.resolved.refused.map((r) => r.reason.split(";")[0]),
    ["br200 is VLAN-aware (vlan_filtering 1)", "vx300 is external (its VNI comes with each packet)"],
  );
  // One that appears later is served, too, and one that goes is not any more.
  host.addAdopted(400);
  await host.settle();
  assert.deepEqual(
    vtep.resolved.plans.map((p) => p.vni),
    [100, 400],
  );
  host.run("", link.delete("vx100"));
  await host.settle();
  assert.deepEqual(
    vtep.resolved.plans.map((p) => p.vni),
    [400],
  );
  await host.stop();
});

test("a workload that comes here takes its MAC along, and gives it back when it leaves", async () => {
  const host = await adopted();
  host.addWorkload("", "p1");
  host.run("", link.set("p1", { master: host.index("", "br100") }));
  await host.settle();
  host.learn("", "p1", mac);
  await host.settle();
  assert.deepEqual(routes(host), [`${mac} local p1 1`]);
  // No remote entry is left; the neighbour is kept until the other host takes its route back, and then checked, not deleted.
  assert.deepEqual(
    host.entries().filter((e) => e.startsWith(mac)),
    [`${mac} dev p1 master`],
  );
  host.vtep.applyBest([h2.gone(100, mac), h2.gone(100, mac, "192.168.1.2")]);
  await host.settle();
  assert.deepEqual(
    host.entries().filter((e) => e.startsWith("192.168.1.2")),
    [`192.168.1.2 dev br100 lladdr ${mac} extern_learn nud probe proto 87`],
  );
  assert.deepEqual(
    [...host.vtep.evpn.neighbours()].map((n) => `${n.ip} ${n.where}`),
    ["192.168.1.2 local"],
  );
  host.vtep.applyBest([h3.mac(100, mac, { sequence: 2 }), h3.mac(100, mac, { ip: "192.168.1.2", sequence: 2 })]);
  await host.settle();
  assert.deepEqual(
    host.entries().filter((e) => !e.startsWith("00")),
    [
      `${mac} dev vx100 dst 10.0.0.3 self extern_learn`,
      `${mac} dev vx100 master extern_learn`,
      `192.168.1.2 dev br100 lladdr ${mac} extern_learn nud noarp proto 87`,
    ],
  );
  assert.deepEqual(routes(host), [`${mac} remote 10.0.0.3 2`]);
  await host.stop();
});

test("a workload that leaves and has other addresses there leaves none of the old ones behind", async () => {
  const host = await adopted();
  host.addWorkload("", "p1");
  host.run("", link.set("p1", { master: host.index("", "br100") }));
  const moving = "02:00:00:00:01:09";
  host.learn("", "p1", moving);
  const ifindex = host.index("", "br100");
  const addresses = ["192.168.1.9", "192.168.1.10"] as const;
  for (const ip of addresses) host.run("", neighbour.replace({ ifindex, ip: ip as Ip, mac: moving as Mac, state: NUD_STALE }));
  await host.settle();
  host.run("", link.delete("p1"));
  await host.settle();
  host.vtep.applyBest([h2.mac(100, moving, { sequence: 1 }), h2.mac(100, moving, { ip: addresses[0], sequence: 1 })]);
  await host.settle();
  assert.deepEqual(
    host.entries().filter((e) => addresses.some((ip) => e.startsWith(`${ip} `))),
    [`192.168.1.9 dev br100 lladdr ${moving} extern_learn nud noarp proto 87`],
  );
  assert.deepEqual(
    [...host.vtep.evpn.neighbours()].filter((n) => n.mac === moving).map((n) => `${n.ip} ${n.where}`),
    ["192.168.1.9 remote"],
  );
  await host.stop();
});

test("a workload that comes here after its routes were taken back is asked for the addresses it had", async () => {
  const host = await adopted();
  host.addWorkload("", "p1");
  host.run("", link.set("p1", { master: host.index("", "br100") }));
  // Its announcement came while the kernel still had the entry of a remote address, and is lost.
  host.vtep.applyBest([h2.gone(100, mac), h2.gone(100, mac, "192.168.1.2")]);
  await host.settle();
  const ofMac = () => host.entries().filter((e) => e.includes(mac));
  assert.deepEqual(ofMac(), []);
  host.learn("", "p1", mac);
  await host.settle();
  assert.deepEqual(ofMac(), [`${mac} dev p1 master`, `192.168.1.2 dev br100 lladdr ${mac} extern_learn nud probe proto 87`]);
  assert.deepEqual(
    [...host.vtep.evpn.neighbours()].map((n) => `${n.ip} ${n.where}`),
    ["192.168.1.2 local"],
  );
  await host.stop();
});

test("a workload that was elsewhere for a moment, and announced itself here before that was known, is asked for its addresses", async () => {
  const host = await adopted();
  host.addWorkload("", "p1");
  host.run("", link.set("p1", { master: host.index("", "br100") }));
  const moving = "02:00:00:00:01:09";
  host.learn("", "p1", moving);
  host.run("", neighbour.replace({ ifindex: host.index("", "br100"), ip: "192.168.1.9" as Ip, mac: moving as Mac, state: NUD_STALE }));
  await host.settle();
  host.vtep.applyBest([h2.mac(100, moving, { sequence: 1 })]);
  await host.settle();
  assert.ok(!host.entries().some((e) => e.startsWith("192.168.1.9 ")));
  host.learn("", "p1", moving);
  await host.settle();
  assert.ok(host.entries().includes(`192.168.1.9 dev br100 lladdr ${moving} extern_learn nud probe proto 87`));
  assert.ok(routes(host).includes(`${moving} local p1 2`));
  await host.stop();
});

const declared = `${own}
ports: [{ name: web1, network: web, interface: p-web1, mac: "02:01:00:00:01:01", ips: [10.1.1.11] }]
`;

test("a declared port is taken when it appears, announced at once, and given back when it is declared no more", async () => {
  const host = new FakeHost();
  const vtep = await host.start(declared);
  assert.deepEqual(
    [...vtep.reconciler.waiting.values()].map((w) => w.reason),
    ["interface p-web1 has not appeared"],
  );
  host.addWorkload("", "p-web1");
  await host.settle();
  assert.ok(host.links("weft-shop").includes("p-web1"));
  assert.deepEqual(routes(host), ["02:01:00:00:01:01 local p-web1 0"]);
  assert.equal(vtep.reconciler.waiting.size, 0);
  vtep.reconfigure(agentConfig(own));
  await host.settle();
  assert.ok(host.links("").includes("p-web1"));
  assert.deepEqual(routes(host), []);
  vtep.reconfigure(agentConfig("networks: [{ name: plain, vni: 100 }]"));
  await host.settle();
  assert.throws(() => host.links("weft-shop"), /no fake namespace/);
  await host.stop();
});

test("a port that another agent left its mark on loses that and stays where somebody puts it", async () => {
  const host = new FakeHost();
  host.addAdopted(100);
  host.addWorkload("", "p1");
  host.run("", link.set("p1", { alias: "weft-port", master: host.index("", "br100") }));
  const vtep = await host.start("adopt: true");
  vtep.convergedBy("test");
  await host.settle();
  assert.deepEqual([vtep.mirror.link("", "p1")?.alias, vtep.mirror.link("", "p1")?.master], [undefined, host.index("", "br100")]);
  await host.stop();
});

test("a port with another MTU changes nothing about the bridge, and nobody is said to have changed it", async () => {
  const host = new FakeHost();
  const vtep = await host.start("networks: [{ name: plain, vni: 100 }, { name: like-ports, vni: 101, mtu: 1500 }]");
  for (const [bridge, mtu] of [
    ["br100", 1450],
    ["br101", 1500],
  ] as const) {
    const port = `p-${bridge}`;
    host.addWorkload("", port);
    host.run("", link.set(port, { mtu: 1400, master: host.index("", bridge) }));
    await host.settle();
    assert.equal(vtep.mirror.link("", bridge)?.mtu, mtu);
  }
  assert.deepEqual(
    host.journal.events.filter((e) => e.event === "kernel.repaired"),
    [],
  );
  await host.stop();
});

test("the VTEP's address may come later, and its MTU may change", async () => {
  const host = new FakeHost("10.0.0.77");
  const vtep = await host.start("networks: [{ name: plain, vni: 100 }]");
  assert.ok(!vtep.underlay.present);
  host.addAddress("eth0", "10.0.0.1");
  await host.settle();
  assert.deepEqual(vtep.underlay, { present: true, device: "eth0", mtu: 1500 });
  host.run("", link.set("eth0", { mtu: 9000 }));
  await host.settle();
  assert.equal(vtep.mirror.link("", "br100")?.mtu, 8950);
  await host.stop();
});

test("somebody who deletes an entry again and again is left alone for a while", async () => {
  const host = await adopted();
  const index = host.index("", "vx100");
  for (let i = 0; i < 10; i++) {
    host.run("", fdb.deleteFlood(index, "10.0.0.2" as Ip));
    await host.settle();
  }
  const [failing] = [...host.vtep.reconciler.failures.entries()];
  assert.equal(failing?.[1].failure.errnoName, "RESTLESS");
  host.run("", fdb.deleteFlood(index, "10.0.0.2" as Ip));
  await host.settle();
  assert.ok(!host.entries().includes(programmed[0]!));
  host.clock.advance(1000);
  await host.settle();
  assert.deepEqual(host.entries(), programmed);
  assert.equal(host.vtep.reconciler.failures.size, 0);
  await host.stop();
});

test("a namespace whose name somebody takes away is made again", async () => {
  const host = new FakeHost();
  const vtep = await host.start(own);
  host.removeNamespace("weft-shop");
  await vtep.audit.run();
  await host.settle();
  assert.deepEqual(host.links("weft-shop"), ["br101", "lo", "vx101"]);
  await host.stop();
});

test("cleanup takes what is ours, gives ports back, and finds nothing the second time", async () => {
  const host = new FakeHost();
  host.addAdopted(300);
  host.addWorkload("", "p-web1");
  const vtep = await host.start(`adopt: true${declared}`);
  vtep.applyBest([h2.multicast(300), h2.mac(300, mac)]);
  await host.settle();
  await host.stop();
  const removed = await host.cleanup();
  assert.ok(removed.includes("namespace weft-shop") && removed.includes(`fdb ${mac} dev vx300`), removed.join());
  assert.deepEqual(host.links(""), ["br300", "eth0", "lo", "p-web1", "p-web1-w", "vx300", "wire"]);
  assert.deepEqual(host.entries(), []);
  assert.deepEqual(await host.cleanup(), []);
});

test("a network that takes over the VNI of another keeps the route distinguisher, whatever comes later", async () => {
  const host = new FakeHost();
  const network = (name: string, vni: number): string => `{ name: ${name}, vni: ${vni} }`;
  const networks = (...list: readonly string[]): string => `networks: [${list.join(", ")}]`;
  const vtep = await host.start(networks(network("a", 65_636)));
  vtep.reconfigure(agentConfig(networks(network("b", 65_636))));
  const rd = (): string => vtep.vrfs.find((v) => v.network === "b")!.rd;
  assert.equal(rd(), "10.0.0.1:100");
  vtep.reconfigure(agentConfig(networks(network("c", 100), network("b", 65_636))));
  assert.equal(rd(), "10.0.0.1:100");
  await host.stop();
});
