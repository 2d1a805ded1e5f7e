// SPDX-License-Identifier: Apache-2.0
import { isIp4 } from "../base/net/ip.ts";
import { readTxChecksum } from "../base/sys/ethtool.ts";
import { SystemCallError } from "../base/sys/errors.ts";
import { namespacePath } from "../base/sys/namespace.ts";
import { readSysctl } from "../base/sys/sysctl.ts";
import { inSysctl } from "../base/sys/sysctl-name.ts";
import { ownAlias } from "../agent/ownership.ts";
import { type Link } from "../netlink/route/link.ts";
import { linkKindName } from "../netlink/route/link-kind/link-kind.ts";
import { NTF_EXT_LEARNED, NUD_NOARP, NUD_PERMANENT } from "../netlink/route/neighbour-flags.ts";
import { RT_TABLE_MAIN } from "../netlink/route/route.ts";
import type { NetlinkConn } from "../netlink/socket/conn.ts";
import { NetlinkConnection } from "../netlink/socket/netlink-connection.ts";
import type { DeviceFacts, MultipathFacts, NamespaceFacts } from "./facts.ts";

/** Of vxlan(8) without `dstport`. */
const oldVxlanPort = 8472;

const sysctlNames = [
  "net.ipv4.ip_forward",
  "net.ipv6.conf.all.forwarding",
  "net.ipv4.conf.all.rp_filter",
  "net.ipv4.fib_multipath_hash_policy",
  "net.ipv6.fib_multipath_hash_policy",
  "net.bridge.bridge-nf-call-iptables",
  "net.bridge.bridge-nf-call-ip6tables",
  "net.bridge.bridge-nf-call-arptables",
];

/** @param name of a namespace under /run/netns; undefined: the one that we run in. @throws NetlinkError, SystemCallError */
export function readNamespace(name: string | undefined): NamespaceFacts {
  const path = name === undefined ? undefined : namespacePath(name);
  const conn = new NetlinkConnection(path === undefined ? {} : { namespace: path });
  try {
    const links = conn.dump("link");
    return {
      name,
      devices: devicesOf(conn, links, path),
      multipaths: multipathsOf(conn, links),
      neighbours: countNeighbours(conn),
      sysctls: readSysctls(
        path,
        links.map((l) => l.name),
      ),
      connections: optionalNumber(path, "net.netfilter.nf_conntrack_count"),
    };
  } finally {
    conn.close();
  }
}

function devicesOf(conn: NetlinkConn, links: readonly Link[], path: string | undefined): readonly DeviceFacts[] {
  const names = new Map(links.map((l) => [l.ifindex, l.name]));
  const addresses = Map.groupBy(conn.dump("address"), (a) => a.ifindex);
  return links.map((l) => ({
    name: l.name,
    kind: l.kind === undefined ? "" : linkKindName(l.kind),
    up: l.up,
    mtu: l.mtu,
    own: l.alias === ownAlias,
    master: l.master === undefined ? undefined : names.get(l.master),
    addresses: (addresses.get(l.ifindex) ?? []).map((a) => ({ ip: a.ip, length: a.prefixLength })),
    vxlan:
      l.kind?.kind === "vxlan"
        ? { vni: l.kind.id ?? 0, local: l.kind.local, port: l.kind.port ?? oldVxlanPort, tos: fixedTos(l.kind.tos) }
        : undefined,
    txChecksum: l.name === "lo" ? undefined : readTxChecksum(l.name, path),
  }));
}

/** 1 means "that of the inner packet" (`tos inherit`), which is 0 as a rule. */
function fixedTos(tos: number | undefined): number {
  return tos === undefined || tos === 1 ? 0 : tos;
}

function multipathsOf(conn: NetlinkConn, links: readonly Link[]): readonly MultipathFacts[] {
  const names = new Map(links.map((l) => [l.ifindex, l.name]));
  return conn
    .dump("route")
    .filter((r) => r.table === RT_TABLE_MAIN && r.type === "unicast" && r.hops.length > 1)
    .map((r) => ({
      destination: r.destination,
      devices: r.hops.flatMap((h) => (h.ifindex === undefined ? [] : [names.get(h.ifindex) ?? String(h.ifindex)])),
    }));
}

/** Entries of a control plane and permanent ones do not count (neigh_alloc in net/core/neighbour.c); nor do those without resolution live long. */
function countNeighbours(conn: NetlinkConn): NamespaceFacts["neighbours"] {
  const counted = conn.dump("neighbour").filter((n) => (n.state & (NUD_PERMANENT | NUD_NOARP)) === 0 && (n.flags & NTF_EXT_LEARNED) === 0);
  const ipv4 = counted.filter((n) => isIp4(n.ip)).length;
  return { ipv4, ipv6: counted.length - ipv4 };
}

function readSysctls(path: string | undefined, devices: readonly string[]): ReadonlyMap<string, string> {
  const perDevice = devices.map((d) => `net.ipv4.conf.${inSysctl(d)}.rp_filter`);
  const out = new Map<string, string>();
  for (const name of [...sysctlNames, ...perDevice]) {
    const value = optional(path, name);
    if (value !== undefined) out.set(name, value);
  }
  return out;
}

function optionalNumber(path: string | undefined, name: string): number | undefined {
  const value = optional(path, name);
  return value === undefined ? undefined : Number(value);
}

/** Undefined when the kernel has no such key, or will not show it, or has no such name (an odd name of a device). */
function optional(path: string | undefined, name: string): string | undefined {
  try {
    return readSysctl(path, name);
  } catch (e) {
    if (e instanceof SystemCallError) return undefined;
    throw e;
  }
}
