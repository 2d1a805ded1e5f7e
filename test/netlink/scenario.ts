// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from "node:timers/promises";
import type { Ip } from "../../src/base/net/ip.ts";
import { type Mac, zeroMac } from "../../src/base/net/mac.ts";
import { address } from "../../src/netlink/route/address.ts";
import { bridgePort } from "../../src/netlink/route/bridge-port.ts";
import { FDB_DYNAMIC, FDB_STATIC, type FdbEntry, fdb } from "../../src/netlink/route/fdb.ts";
import { type Link, link } from "../../src/netlink/route/link.ts";
import { NTF_EXT_LEARNED, NTF_MASTER, NTF_SELF, NUD_NOARP } from "../../src/netlink/route/neighbour-flags.ts";
import { neighbour } from "../../src/netlink/route/neighbour.ts";
import { nexthop } from "../../src/netlink/route/nexthop.ts";
import type { NetlinkRequest } from "../../src/netlink/route/request.ts";
import { RTNH_F_ONLINK, type Route, route } from "../../src/netlink/route/route.ts";
import { rule } from "../../src/netlink/route/rule.ts";
import type { NetlinkConn } from "../../src/netlink/socket/conn.ts";

const ip = (t: string): Ip => t as Ip;
const mac = (t: string): Mac => t as Mac;

/** A step of the scenario shared by the fake and the real kernel: its requests, given what the connection knows. */
export interface Step {
  readonly name: string;
  readonly requests: (index: (name: string) => number) => readonly NetlinkRequest[];
  /** True when what the kernel does later, in its own time, is done. */
  readonly settled?: (conn: NetlinkConn) => boolean;
}

const host = mac("02:00:00:00:01:01");
const remote = mac("02:00:00:00:02:01");

/** What the agent relies on: every kind of object, the errors it may meet, and what goes away with what. */
export const steps: readonly Step[] = [
  {
    name: "links are made once",
    requests: () => [
      link.add({ name: "br0", mtu: 1450, address: mac("02:00:00:00:00:b0"), kind: { kind: "bridge", multicastSnooping: false } }),
      link.add({ name: "br0", kind: { kind: "bridge" } }),
      link.add({
        name: "vx0",
        mtu: 1450,
        address: mac("02:00:00:00:00:a0"),
        kind: { kind: "vxlan", id: 100, local: ip("10.0.0.1"), port: 4789, learning: false, ttl: 64 },
      }),
      link.add({ name: "vx1", kind: { kind: "vxlan", id: 100, local: ip("10.0.0.1"), port: 4789 } }),
      link.add({
        name: "v0",
        address: mac("02:00:00:00:00:c0"),
        kind: { kind: "veth", peer: { name: "v1", address: mac("02:00:00:00:00:c1") } },
      }),
      link.delete("nope"),
      link.set("nope", { up: true }),
      link.set(9999, { up: true }),
    ],
  },
  {
    name: "ports join the bridge",
    requests: (i) => [
      link.set(i("vx0"), { addressGenerationMode: "none" }),
      link.set(i("br0"), { addressGenerationMode: "none", up: true }),
      link.set(i("v0"), { addressGenerationMode: "none", master: i("br0"), alias: "a port", up: true }),
      link.set(i("v1"), { addressGenerationMode: "none", up: true }),
      bridgePort.set(i("vx0"), { neighSuppress: true }),
      link.set(i("vx0"), { master: i("br0"), up: true }),
      bridgePort.set(i("vx0"), { neighSuppress: true, learning: false }),
      link.set(i("br0"), { master: i("br0") }),
      link.set(i("v1"), { master: i("v0") }),
    ],
  },
  {
    name: "forwarding entries",
    requests: (i) => [
      fdb.add({ ifindex: i("vx0"), mac: remote, dst: ip("10.0.0.2"), flags: NTF_SELF | NTF_EXT_LEARNED, state: FDB_STATIC }),
      fdb.add({ ifindex: i("vx0"), mac: remote, dst: ip("10.0.0.2") }),
      fdb.add({ ifindex: i("vx0"), mac: remote, flags: NTF_MASTER | NTF_EXT_LEARNED, state: FDB_DYNAMIC }),
      fdb.add({ ifindex: i("vx0"), mac: remote, flags: NTF_MASTER | NTF_EXT_LEARNED, state: FDB_DYNAMIC }),
      fdb.replace({ ifindex: i("vx0"), mac: remote, dst: ip("10.0.0.3"), flags: NTF_SELF | NTF_EXT_LEARNED, state: FDB_STATIC }),
      fdb.append({ ifindex: i("vx0"), mac: remote, dst: ip("10.0.0.4") }),
      fdb.appendFlood(i("vx0"), ip("10.0.0.2")),
      fdb.appendFlood(i("vx0"), ip("10.0.0.3")),
      fdb.appendFlood(i("vx0"), ip("10.0.0.3")),
      fdb.deleteFlood(i("vx0"), ip("10.0.0.9")),
      fdb.replace({ ifindex: i("vx0"), mac: zeroMac, dst: ip("10.0.0.7") }),
      fdb.add({ ifindex: i("v0"), mac: host, flags: NTF_MASTER, state: FDB_STATIC }),
      fdb.add({ ifindex: i("v0"), mac: host, flags: NTF_MASTER, state: FDB_STATIC }),
      fdb.replace({ ifindex: i("v0"), mac: host, flags: NTF_MASTER, state: FDB_STATIC }),
      fdb.delete({ ifindex: i("v0"), mac: mac("02:00:00:00:0f:0f"), flags: NTF_MASTER }),
      fdb.delete({ ifindex: i("vx0"), mac: host, flags: NTF_MASTER }),
      fdb.delete({ ifindex: i("vx0"), mac: mac("02:00:00:00:0f:0f") }),
      fdb.add({ ifindex: i("v1"), mac: host, flags: NTF_MASTER }),
      fdb.add({ ifindex: 9999, mac: host }),
      fdb.add({ ifindex: i("vx0"), mac: mac("02:00:00:00:0e:01"), dst: ip("10.0.0.2"), state: NUD_NOARP }),
      fdb.add({ ifindex: i("vx0"), mac: zeroMac, flags: NTF_MASTER, state: FDB_STATIC }),
    ],
  },
  {
    name: "a flood destination and a MAC leave",
    requests: (i) => [
      fdb.deleteFlood(i("vx0"), ip("10.0.0.2")),
      fdb.add({ ifindex: i("vx0"), mac: mac("02:00:00:00:0d:01"), dst: ip("10.0.0.2") }),
      fdb.delete({ ifindex: i("vx0"), mac: mac("02:00:00:00:0d:01"), dst: ip("10.0.0.99") }),
      fdb.delete({ ifindex: i("vx0"), mac: mac("02:00:00:00:0d:01") }),
    ],
  },
  {
    name: "addresses and neighbours",
    requests: (i) => [
      address.add({ ifindex: i("br0"), ip: ip("192.168.1.1"), prefixLength: 24 }),
      address.add({ ifindex: i("br0"), ip: ip("192.168.1.1"), prefixLength: 24 }),
      address.delete({ ifindex: i("br0"), ip: ip("192.168.7.1"), prefixLength: 24 }),
      address.add({ ifindex: 9999, ip: ip("192.168.1.1"), prefixLength: 24 }),
      neighbour.add({ ifindex: i("br0"), ip: ip("192.168.1.2"), mac: remote, state: NUD_NOARP, flags: NTF_EXT_LEARNED, protocol: 186 }),
      neighbour.add({ ifindex: i("br0"), ip: ip("192.168.1.2"), mac: remote, state: NUD_NOARP }),
      neighbour.replace({ ifindex: i("br0"), ip: ip("192.168.1.2"), mac: host, state: NUD_NOARP, flags: NTF_EXT_LEARNED, protocol: 186 }),
      neighbour.add({ ifindex: i("br0"), ip: ip("2001:db8::2"), mac: remote, state: NUD_NOARP, flags: NTF_EXT_LEARNED, protocol: 186 }),
      neighbour.delete(i("br0"), ip("192.168.1.99")),
      neighbour.add({ ifindex: 9999, ip: ip("192.168.1.3"), mac: host }),
    ],
  },
  {
    name: "routes, rules and nexthops",
    requests: (i) => [
      route.add({ destination: { ip: ip("10.5.0.0"), length: 16 }, protocol: 186, hops: [{ gateway: ip("192.168.1.7") }] }),
      route.add({ destination: { ip: ip("10.5.0.0"), length: 16 }, protocol: 186, hops: [{ gateway: ip("192.168.1.8") }] }),
      route.replace({
        destination: { ip: ip("10.5.0.0"), length: 16 },
        protocol: 186,
        hops: [{ gateway: ip("192.168.1.8") }, { gateway: ip("192.168.1.9"), weight: 3 }],
      }),
      route.add({
        destination: { ip: ip("10.6.0.0"), length: 16 },
        table: 77,
        protocol: 186,
        hops: [{ gateway: ip("10.0.0.9"), ifindex: i("br0"), flags: RTNH_F_ONLINK }],
      }),
      route.add({ destination: { ip: ip("10.7.0.0"), length: 16 }, hops: [{ gateway: ip("172.16.0.1") }] }),
      route.add({ destination: { ip: ip("10.8.0.0"), length: 16 }, type: "blackhole" }),
      route.add({ destination: { ip: ip("10.9.0.0"), length: 16 }, hops: [{ ifindex: 9999 }] }),
      route.delete({ destination: { ip: ip("10.99.0.0"), length: 16 } }),
      rule.add({ priority: 100, source: { ip: ip("10.0.0.0"), length: 8 }, table: 77 }),
      rule.add({ priority: 100, source: { ip: ip("10.0.0.0"), length: 8 }, table: 77 }),
      rule.delete({ priority: 101, table: 77 }),
      nexthop.add({ id: 5, gateway: ip("10.0.0.7"), fdb: true }),
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
      nexthop.add({ id: 8, fdb: true, group: [{ id: 55, weight: 1 }] }),
      nexthop.delete(99),
      fdb.add({ ifindex: i("vx0"), mac: mac("02:00:00:00:0c:01"), nexthopId: 7 }),
      fdb.add({ ifindex: i("vx0"), mac: mac("02:00:00:00:0c:02"), nexthopId: 77 }),
    ],
  },
  { name: "a port goes down", requests: (i) => [link.set(i("v0"), { up: false })] },
  { name: "a port leaves the bridge", requests: (i) => [link.set(i("v0"), { master: 0 })] },
  { name: "a nexthop in use goes", requests: () => [nexthop.delete(7)] },
  { name: "a veth goes with its other end", requests: (i) => [link.delete(i("v0"))] },
  {
    name: "the VXLAN device goes, and the bridge's carrier with it",
    requests: (i) => [link.delete(i("vx0"))],
    // Loss of carrier is acted upon up to a second later: it takes neighbours away that nobody made permanent.
    settled: (conn) => conn.dump("neighbour").every((n) => n.protocol !== 186),
  },
  { name: "the bridge goes down", requests: (i) => [link.set(i("br0"), { up: false })] },
  { name: "the bridge goes", requests: (i) => [link.delete(i("br0"))] },
];

/** Errors of one step, then what all tables hold, as sorted text in which interfaces have names. */
export interface StepOutcome {
  readonly name: string;
  readonly errors: readonly string[];
  readonly tables: readonly string[];
}

/** Runs all steps on an empty namespace. */
export async function runScenario(conn: NetlinkConn): Promise<readonly StepOutcome[]> {
  const outcomes: StepOutcome[] = [];
  for (const step of steps) {
    const index = (name: string): number => conn.dump("link", { name })[0]?.ifindex ?? -1;
    const results = conn.execute(step.requests(index));
    const errors = results.map((r) => r?.errnoName ?? "done");
    for (let i = 0; i < 500 && step.settled?.(conn) === false; i++) await sleep(20);
    outcomes.push({ name: step.name, errors, tables: tablesOf(conn) });
  }
  return outcomes;
}

/** All tables as sorted lines, without what a fake kernel has no reason to imitate (IPv6 noise, counters, `lo`'s own). */
function tablesOf(conn: NetlinkConn): readonly string[] {
  const links = conn.dump("link");
  const name = (ifindex: number | undefined): string => links.find((l) => l.ifindex === ifindex)?.name ?? String(ifindex);
  const lines: string[] = [];
  for (const l of links) if (l.name !== "lo") lines.push(linkLine(l, name));
  for (const e of conn.dump("fdb")) if (worthComparing(e)) lines.push(fdbLine(e, name));
  for (const l of links) {
    if (l.kind?.kind !== "bridge") continue;
    for (const e of conn.dump("fdb", { master: l.ifindex })) if (worthComparing(e)) lines.push(`under ${l.name}: ${fdbLine(e, name)}`);
  }
  for (const n of conn.dump("neighbour")) {
    if ((n.state & NUD_NOARP) === 0 || n.protocol === undefined) continue; // multicast and loopback entries come by themselves
    lines.push(`neighbour ${n.ip} ${name(n.ifindex)} ${n.mac} state ${n.state} flags ${n.flags} protocol ${n.protocol}`);
  }
  for (const a of conn.dump("address")) {
    if (!a.ip.includes(":"))
      lines.push(`address ${a.ip}/${a.prefixLength} ${name(a.ifindex)} label ${a.label} flags ${a.flags} scope ${a.scope}`);
  }
  for (const r of conn.dump("route", { family: 2 })) if (r.type !== "broadcast") lines.push(routeLine(r, name));
  for (const r of conn.dump("rule")) lines.push(`rule ${r.family} ${r.priority} ${r.source?.ip ?? "all"} ${r.action} ${r.table}`);
  for (const n of conn.dump("nexthop")) lines.push(`nexthop ${n.id} ${n.gateway ?? ""} ${n.fdb === true} ${JSON.stringify(n.group ?? [])}`);
  return lines.toSorted();
}

function linkLine(l: Link, name: (ifindex: number | undefined) => string): string {
  const kind = l.kind?.kind === "vxlan" ? `vxlan ${l.kind.id} ${l.kind.local} ${l.kind.port} learning ${l.kind.learning}` : l.kind?.kind;
  const port = l.port && `suppress ${l.port.neighSuppress} learning ${l.port.learning} isolated ${l.port.isolated}`;
  const words = [l.name, l.up ? "up" : "down", l.mtu, l.address, `carrier ${l.carrier}`, kind, `master ${name(l.master)}`, port, l.alias];
  return `link ${words.join(" ")}`;
}

/** Multicast filters of devices come and go with IPv6. */
function worthComparing(e: FdbEntry): boolean {
  return !(e.master === undefined && /^(33:33|01:00:5e)/.test(e.mac));
}

function fdbLine(e: FdbEntry, name: (ifindex: number | undefined) => string): string {
  return `fdb ${e.mac} ${name(e.ifindex)} dst ${e.dst} nhid ${e.nexthopId} state ${e.state} flags ${e.flags} master ${name(e.master)}`;
}

function routeLine(r: Route, name: (ifindex: number | undefined) => string): string {
  const hops = r.hops.map((h) => `${h.gateway ?? ""}@${name(h.ifindex)}*${h.weight}/${h.flags & RTNH_F_ONLINK}`).join(" ");
  return `route ${r.type} ${r.destination.ip}/${r.destination.length} table ${r.table} proto ${r.protocol} scope ${r.scope} ${hops}`;
}
