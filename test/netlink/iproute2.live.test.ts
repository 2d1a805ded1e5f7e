// SPDX-License-Identifier: Apache-2.0
/** What we make, iproute2 sees; what iproute2 makes, we see: one test per kind of object. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Ip } from "../../src/base/net/ip.ts";
import type { Mac } from "../../src/base/net/mac.ts";
import { readSysctl, writeSysctl } from "../../src/base/sys/sysctl.ts";
import { NetlinkError } from "../../src/netlink/errors.ts";
import { address } from "../../src/netlink/route/address.ts";
import { bridgePort } from "../../src/netlink/route/bridge-port.ts";
import { FDB_DYNAMIC, FDB_STATIC, fdb } from "../../src/netlink/route/fdb.ts";
import { link } from "../../src/netlink/route/link.ts";
import { NTF_EXT_LEARNED, NTF_MASTER, NTF_SELF, NUD_NOARP, NUD_PERMANENT } from "../../src/netlink/route/neighbour-flags.ts";
import { neighbour } from "../../src/netlink/route/neighbour.ts";
import { nexthop } from "../../src/netlink/route/nexthop.ts";
import { RTNH_F_ONLINK, route } from "../../src/netlink/route/route.ts";
import { rule } from "../../src/netlink/route/rule.ts";
import { TestNamespace } from "./test-namespace.ts";

const ip = (t: string): Ip => t as Ip;
const mac = (t: string): Mac => t as Mac;
let ns: TestNamespace;
let other: TestNamespace;

before(() => {
  ns = new TestNamespace("nlip");
  other = new TestNamespace("nlip2");
  ns.ip("link", "add", "br0", "type", "bridge", "mcast_snooping", "0", "ageing_time", "12300");
  ns.ip("link", "add", "vx0", "type", "vxlan", "id", "100", "local", "10.0.0.1", "dstport", "4789", "nolearning", "ttl", "64");
  ns.ip("link", "set", "vx0", "master", "br0");
  for (const dev of ["lo", "br0", "vx0"]) ns.ip("link", "set", dev, "addrgenmode", "none", "up");
  ns.ip("addr", "add", "192.168.1.1/24", "dev", "br0");
});
after(() => {
  ns.remove();
  other.remove();
});

test("links made by iproute2 decode to their options", () => {
  const br = ns.conn.dump("link", { name: "br0" })[0]!;
  assert.equal(br.up, true);
  assert.equal(br.addressGenerationMode, "none");
  assert.ok(br.kind?.kind === "bridge");
  assert.equal(br.kind.multicastSnooping, false);
  assert.equal(br.kind.ageingTime, 12300);
  const vx = ns.conn.dump("link", { name: "vx0" })[0]!;
  assert.ok(vx.kind?.kind === "vxlan");
  assert.deepEqual(
    [vx.kind.id, vx.kind.local, vx.kind.port, vx.kind.learning, vx.kind.ttl, vx.master, vx.port?.neighSuppress],
    [100, "10.0.0.1", 4789, false, 64, br.ifindex, false],
  );
});

test("links made by us are as iproute2 would make them", () => {
  ns.conn.run(
    link.add({
      name: "vx6",
      mtu: 1400,
      kind: {
        kind: "vxlan",
        id: 7,
        local: ip("2001:db8::1"),
        port: 4790,
        learning: false,
        tos: 4,
        udpZeroChecksum6Tx: true,
        udpZeroChecksum6Rx: true,
      },
    }),
    link.add({ name: "vxc", kind: { kind: "vxlan", collectMetadata: true, vniFilter: true, port: 4791, gbp: true } }),
    link.add({ name: "br9", kind: { kind: "bridge", groupForwardMask: 0x4000, nfCallIptables: true, forwardDelay: 200 } }),
  );
  const [vx6] = ns.ipJson("link", "show", "vx6") as [{ mtu: number; linkinfo: { info_data: Record<string, unknown> } }];
  assert.equal(vx6.mtu, 1400);
  const { id, local6, port, learning, tos, udp_zero_csum6_tx: tx } = vx6.linkinfo.info_data;
  assert.deepEqual([id, local6, port, learning, tos, tx], [7, "2001:db8::1", 4790, false, "0x4", true]);
  const [vxc] = ns.ipJson("link", "show", "vxc") as [{ linkinfo: { info_data: Record<string, unknown> } }];
  assert.deepEqual(
    [vxc.linkinfo.info_data["external"], vxc.linkinfo.info_data["vnifilter"], vxc.linkinfo.info_data["gbp"]],
    [true, true, true],
  );
  const [br9] = ns.ipJson("link", "show", "br9") as [{ linkinfo: { info_data: Record<string, unknown> } }];
  assert.deepEqual(
    [br9.linkinfo.info_data["group_fwd_mask"], br9.linkinfo.info_data["nf_call_iptables"], br9.linkinfo.info_data["forward_delay"]],
    ["0x4000", 1, 200],
  );
  ns.conn.run(link.set("br9", { alias: "named", addressGenerationMode: "none", mtu: 1300 }), link.set(ns.index("br9"), { name: "br8" }));
  const [br8] = ns.ipJson("link", "show", "br8") as [Record<string, unknown>];
  assert.deepEqual([br8["ifalias"], br8["mtu"], br8["inet6_addr_gen_mode"]], ["named", 1300, "none"]);
  ns.conn.run(link.set("br8", { alias: "" }), link.delete("vx6"), link.delete("vxc"));
  assert.equal(ns.conn.dump("link", { name: "br8" })[0]!.alias, undefined);
  ns.conn.run(link.delete("br8"));
  assert.deepEqual(ns.conn.dump("link", { name: "br8" }), []);
});

test("a veth reaches into another namespace, and a link moves there", () => {
  ns.conn.run(
    link.add({
      name: "va",
      kind: { kind: "veth", peer: { name: "eth0", namespace: other.path, mtu: 1400, address: mac("02:00:00:00:00:11") } },
    }),
  );
  const [eth0] = other.conn.dump("link", { name: "eth0" });
  assert.deepEqual([eth0!.mtu, eth0!.address, eth0!.linkIfindex], [1400, "02:00:00:00:00:11", ns.index("va")]);
  assert.notEqual(eth0!.linkNamespaceId, undefined);
  ns.conn.run(link.set(ns.index("va"), { namespace: other.path, name: "vb" }));
  assert.deepEqual(ns.conn.dump("link", { name: "va" }), []);
  assert.equal(other.conn.dump("link", { name: "vb" })[0]!.linkIfindex, eth0!.ifindex);
  assert.match(other.ip("link", "show", "vb"), /vb@eth0/);
  other.conn.run(link.delete("vb"));
});

test("ports take their options from us and tell them", () => {
  ns.conn.run(bridgePort.set(ns.index("vx0"), { neighSuppress: true, learning: false, isolated: true }));
  const [seen] = ns.bridgeJson("link", "show", "dev", "vx0") as [Record<string, unknown>];
  assert.deepEqual([seen["neigh_suppress"], seen["learning"], seen["isolated"], seen["flood"]], [true, false, true, true]);
  ns.bridge("link", "set", "dev", "vx0", "isolated", "off", "hairpin", "on");
  const told = ns.conn.dump("bridge-port").find((p) => p.ifindex === ns.index("vx0"))!;
  assert.deepEqual(
    [told.options.isolated, told.options.hairpin, told.options.neighSuppress, told.master],
    [false, true, true, ns.index("br0")],
  );
});

test("forwarding entries of both tables", () => {
  const vx0 = ns.index("vx0");
  ns.conn.run(
    fdb.add({ ifindex: vx0, mac: mac("02:00:00:00:01:01"), dst: ip("10.0.0.2"), flags: NTF_SELF | NTF_EXT_LEARNED, state: FDB_STATIC }),
    fdb.add({ ifindex: vx0, mac: mac("02:00:00:00:01:01"), flags: NTF_MASTER | NTF_EXT_LEARNED, state: FDB_DYNAMIC }),
    fdb.add({ ifindex: vx0, mac: mac("02:00:00:00:01:02"), dst: ip("10.0.0.2"), vni: 200, port: 5000 }),
    fdb.appendFlood(vx0, ip("10.0.0.2")),
    fdb.appendFlood(vx0, ip("10.0.0.3")),
  );
  const shown = ns.bridge("fdb", "show", "dev", "vx0");
  assert.match(shown, /^02:00:00:00:01:01 dst 10\.0\.0\.2 self extern_learn/m);
  assert.match(shown, /^02:00:00:00:01:01 .*extern_learn master br0/m);
  assert.match(shown, /^02:00:00:00:01:02 dst 10\.0\.0\.2 port 5000 vni 200 self permanent/m);
  assert.match(shown, /^00:00:00:00:00:00 dst 10\.0\.0\.2 self permanent/m);
  assert.match(shown, /^00:00:00:00:00:00 dst 10\.0\.0\.3 self permanent/m);
  ns.bridge("fdb", "add", "02:00:00:00:02:01", "dev", "vx0", "dst", "10.0.0.9", "self", "static");
  const ours = ns.conn.dump("fdb", { ifindex: vx0 }).find((e) => e.mac === "02:00:00:00:02:01");
  assert.deepEqual(ours, { ifindex: vx0, mac: "02:00:00:00:02:01", dst: "10.0.0.9", state: FDB_STATIC, flags: NTF_SELF });
  ns.bridge("fdb", "append", "00:00:00:00:00:00", "dev", "vx0", "dst", "10.0.0.7", "self", "permanent");
  ns.conn.run(fdb.appendFlood(vx0, ip("10.0.0.8")));
  const floods = ns.conn.dump("fdb", { ifindex: vx0 }).filter((e) => e.dst === "10.0.0.7" || e.dst === "10.0.0.8");
  assert.deepEqual({ ...floods[0], dst: "" }, { ...floods[1], dst: "" }, "a flood entry is the same whoever makes it");
  ns.bridge("fdb", "add", "02:00:00:00:02:02", "dev", "vx0", "master", "static");
  const bridged = ns.conn.dump("fdb", { master: ns.index("br0") }).find((e) => e.mac === "02:00:00:00:02:02");
  assert.deepEqual(bridged, { ifindex: vx0, mac: "02:00:00:00:02:02", state: NUD_NOARP, flags: NTF_MASTER, master: ns.index("br0") });
  ns.conn.run(fdb.deleteFlood(vx0, ip("10.0.0.3")), fdb.delete({ ifindex: vx0, mac: mac("02:00:00:00:01:02") }));
  assert.doesNotMatch(ns.bridge("fdb", "show", "dev", "vx0"), /10\.0\.0\.3|01:02/);
});

test("neighbours of both families", () => {
  const br0 = ns.index("br0");
  ns.conn.run(
    neighbour.add({
      ifindex: br0,
      ip: ip("192.168.1.2"),
      mac: mac("02:00:00:00:01:01"),
      state: NUD_NOARP,
      flags: NTF_EXT_LEARNED,
      protocol: 186,
    }),
    neighbour.add({
      ifindex: br0,
      ip: ip("2001:db8::2"),
      mac: mac("02:00:00:00:01:01"),
      state: NUD_NOARP,
      flags: NTF_EXT_LEARNED,
      protocol: 186,
    }),
  );
  const shown = ns.ip("neigh", "show", "dev", "br0", "nud", "all");
  assert.match(shown, /^192\.168\.1\.2 lladdr 02:00:00:00:01:01 extern_learn NOARP proto bgp/m);
  assert.match(shown, /^2001:db8::2 lladdr 02:00:00:00:01:01 extern_learn NOARP proto bgp/m);
  ns.ip("neigh", "add", "192.168.1.3", "lladdr", "02:00:00:00:01:03", "dev", "br0");
  const seen = ns.conn.dump("neighbour", { ifindex: br0 }).find((n) => n.ip === "192.168.1.3");
  assert.deepEqual(seen, { ifindex: br0, ip: "192.168.1.3", mac: "02:00:00:00:01:03", state: NUD_PERMANENT, flags: 0 });
  ns.conn.run(neighbour.delete(br0, ip("192.168.1.2")));
  assert.doesNotMatch(ns.ip("neigh", "show", "dev", "br0", "nud", "all"), /192\.168\.1\.2 /);
});

test("addresses of both families", () => {
  const br0 = ns.index("br0");
  ns.conn.run(
    address.add({ ifindex: br0, ip: ip("192.168.2.1"), prefixLength: 24 }),
    address.add({ ifindex: br0, ip: ip("2001:db8:1::1"), prefixLength: 64, flags: 2 }),
  );
  const shown = ns.ip("addr", "show", "dev", "br0");
  assert.match(shown, /inet 192\.168\.2\.1\/24 scope global br0/);
  assert.match(shown, /inet6 2001:db8:1::1\/64 scope global nodad/);
  ns.ip("addr", "add", "10.9.0.1", "peer", "10.9.0.2", "dev", "br0");
  const pointToPoint = ns.conn.dump("address", { ifindex: br0 }).find((a) => a.ip === "10.9.0.1")!;
  assert.deepEqual([pointToPoint.peer, pointToPoint.prefixLength], ["10.9.0.2", 32]);
  ns.conn.run(address.delete({ ifindex: br0, ip: ip("192.168.2.1"), prefixLength: 24 }));
  assert.doesNotMatch(ns.ip("addr", "show", "dev", "br0"), /192\.168\.2\.1/);
});

test("routes: several hops, onlink, other tables, a gateway of the other family", () => {
  const br0 = ns.index("br0");
  ns.conn.run(
    route.add({
      destination: { ip: ip("10.5.0.0"), length: 16 },
      protocol: 186,
      hops: [{ gateway: ip("192.168.1.8") }, { gateway: ip("192.168.1.9"), weight: 3 }],
    }),
    route.add({
      destination: { ip: ip("10.6.0.0"), length: 16 },
      table: 1000,
      hops: [{ gateway: ip("10.0.0.9"), ifindex: br0, flags: RTNH_F_ONLINK }],
    }),
    route.add({ destination: { ip: ip("10.7.0.0"), length: 16 }, hops: [{ gateway: ip("fe80::7"), ifindex: br0 }] }),
    route.add({ destination: { ip: ip("2001:db8:7::"), length: 48 }, protocol: 186, hops: [{ gateway: ip("fe80::7"), ifindex: br0 }] }),
  );
  assert.match(
    ns.ip("route", "show", "10.5.0.0/16"),
    /proto bgp\s+nexthop via 192\.168\.1\.8 dev br0 weight 1\s+nexthop via 192\.168\.1\.9 dev br0 weight 3/,
  );
  assert.match(ns.ip("route", "show", "table", "1000"), /10\.6\.0\.0\/16 via 10\.0\.0\.9 dev br0 proto static onlink/);
  assert.match(ns.ip("route", "show", "10.7.0.0/16"), /via inet6 fe80::7 dev br0/);
  assert.match(ns.ip("-6", "route", "show", "2001:db8:7::/48"), /via fe80::7 dev br0 proto bgp/);
  ns.ip(
    "route",
    "add",
    "10.8.0.0/16",
    "proto",
    "99",
    "metric",
    "50",
    "nexthop",
    "via",
    "192.168.1.8",
    "nexthop",
    "via",
    "192.168.1.9",
    "weight",
    "2",
  );
  const seen = ns.conn.dump("route", { protocol: 99 });
  assert.deepEqual(seen, [
    {
      destination: { ip: "10.8.0.0", length: 16 },
      table: 254,
      type: "unicast",
      protocol: 99,
      scope: 0,
      tos: 0,
      priority: 50,
      hops: [
        { gateway: "192.168.1.8", ifindex: br0, weight: 1, flags: 0 },
        { gateway: "192.168.1.9", ifindex: br0, weight: 2, flags: 0 },
      ],
    },
  ]);
  // What a dump gave can be given back.
  ns.conn.run(route.delete(seen[0]!));
  ns.conn.run(route.add(seen[0]!));
  assert.deepEqual(ns.conn.dump("route", { protocol: 99 }), seen);
  assert.deepEqual(ns.conn.dump("route", { table: 4711 }), []);
});

test("rules", () => {
  ns.conn.run(rule.add({ priority: 100, source: { ip: ip("10.0.0.0"), length: 8 }, mark: 7, markMask: 0xff, table: 1000 }));
  assert.match(ns.ip("rule", "show"), /^100:\s+from 10\.0\.0\.0\/8 fwmark 0x7\/0xff lookup 1000/m);
  ns.ip("rule", "add", "pref", "200", "not", "from", "10.1.0.0/16", "iif", "br0", "lookup", "2000");
  const seen = ns.conn.dump("rule", { family: 2 }).find((r) => r.priority === 200)!;
  assert.deepEqual([seen.invert, seen.source, seen.inputInterface, seen.table], [true, { ip: "10.1.0.0", length: 16 }, "br0", 2000]);
  ns.conn.run(rule.delete({ priority: 100, source: { ip: ip("10.0.0.0"), length: 8 }, mark: 7, markMask: 0xff, table: 1000 }));
  assert.doesNotMatch(ns.ip("rule", "show"), /^100:/m);
});

test("nexthops and groups for forwarding entries", () => {
  ns.conn.run(
    nexthop.add({ id: 5, gateway: ip("10.0.0.7"), fdb: true }),
    nexthop.add({ id: 6, gateway: ip("10.0.0.8"), fdb: true }),
    nexthop.add({
      id: 7,
      fdb: true,
      group: [
        { id: 5, weight: 1 },
        { id: 6, weight: 1 },
      ],
    }),
    fdb.add({ ifindex: ns.index("vx0"), mac: mac("02:00:00:00:07:07"), nexthopId: 7 }),
    nexthop.add({ id: 8, gateway: ip("192.168.1.8"), ifindex: ns.index("br0"), protocol: 186 }),
    route.add({ destination: { ip: ip("10.20.0.0"), length: 16 }, nexthopId: 8 }),
  );
  assert.match(ns.ip("nexthop", "show"), /id 7 group 5\/6.* fdb/);
  assert.match(ns.bridge("fdb", "show", "dev", "vx0"), /02:00:00:00:07:07 nhid 7 self/);
  assert.match(ns.ip("route", "show", "10.20.0.0/16"), /nhid 8 via 192\.168\.1\.8 dev br0/);
  ns.ip("nexthop", "add", "id", "9", "blackhole");
  assert.equal(ns.conn.dump("nexthop").find((n) => n.id === 9)!.blackhole, true);
});

test("failures name the operation, the errno and the kernel's words", () => {
  const vx0 = ns.index("vx0");
  const results = ns.conn.execute([
    fdb.add({ ifindex: vx0, mac: mac("02:00:00:00:09:01"), dst: ip("10.0.0.2") }),
    fdb.add({ ifindex: vx0, mac: mac("02:00:00:00:09:01"), dst: ip("10.0.0.2") }),
    fdb.add({ ifindex: vx0, mac: mac("02:00:00:00:09:02"), nexthopId: 4711 }),
    link.add({ name: "far-too-long-a-name", kind: { kind: "bridge" } }),
    link.set(vx0, { namespace: "/run/netns/not-there-at-all" }),
    fdb.add({ ifindex: vx0, mac: mac("02:00:00:00:09:03"), dst: ip("10.0.0.2") }),
  ]);
  assert.equal(results[0], undefined);
  assert.equal(results[1]!.message, `bridge fdb add 02:00:00:00:09:01 dev ${vx0} dst 10.0.0.2 self permanent: EEXIST (File exists)`);
  assert.equal(results[2]!.kernelMessage, "Nexthop id does not exist");
  assert.equal(results[3]!.errnoName, "EINVAL");
  assert.equal(results[4]!.errnoName, "ENOENT");
  assert.equal(results[5], undefined);
  assert.throws(
    () => ns.conn.run(link.delete("nope")),
    (e: unknown) => e instanceof NetlinkError && e.errnoName === "ENODEV" && e.code === "WEFT_NETLINK",
  );
});

test("sysctls belong to the namespace they are written in", () => {
  const before = readSysctl(undefined, "net.ipv4.conf.default.arp_accept");
  writeSysctl(ns.path, "net.ipv4.conf.br0.arp_accept", 1);
  assert.equal(readSysctl(ns.path, "net.ipv4.conf.br0.arp_accept"), "1");
  assert.equal(readSysctl(undefined, "net.ipv4.conf.default.arp_accept"), before);
  assert.throws(() => readSysctl(other.path, "net.ipv4.conf.br0.arp_accept"), { code: "WEFT_SYSCALL", errnoName: "ENOENT" });
  assert.throws(() => writeSysctl(ns.path, "net.ipv4.ip_forward", "many"), { code: "WEFT_SYSCALL", errnoName: "EINVAL" });
});
