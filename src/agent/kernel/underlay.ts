// SPDX-License-Identifier: Apache-2.0
import { type Ip, isIp4 } from "../../base/net/ip.ts";
import { prefixContains } from "../../base/net/prefix.ts";
import type { NetlinkConn } from "../../netlink/socket/conn.ts";
import { RT_TABLE_MAIN } from "../../netlink/route/route.ts";
import type { ActualLink } from "./actual.ts";

/** What the host namespace says about the VTEP address. */
export interface Underlay {
  /** The address is on an interface of this host. */
  readonly present: boolean;
  /** Interface whose MTU bounds the overlay: the one with the address, or where the route to the peers leads. */
  readonly device: string | undefined;
  /** Octets. */
  readonly mtu: number | undefined;
}

/** Outer Ethernet, IP, UDP and VXLAN headers — RFC 7348 §5. The outer Ethernet header is not part of the underlay's MTU: 14 inner + 20 or 40 + 8 + 8. */
export function encapsulation(vtep: Ip): number {
  return isIp4(vtep) ? 50 : 70;
}

/** LOOPBACK_IFINDEX of linux/net.h: `lo` is the first device of every namespace. */
const loopback = 1;

/**
 * Finds the VTEP's interface. An address on a loopback (usual with a routed underlay) says nothing about the path: then the
 * routes to `peers` count, the smallest MTU of all their ways, and without a route the smallest of all interfaces that carry one.
 * @param links devices of the namespace, as the mirror has them: asked at every change of one of thousands
 * @param named the interface that the configuration names, which ends the search
 */
export function readUnderlay(
  conn: NetlinkConn,
  links: ReadonlyMap<number, ActualLink>,
  vtep: Ip,
  peers: readonly Ip[],
  named?: string,
): Underlay {
  const holder = conn.dump("address").find((a) => a.ip === vtep);
  const holding = holder && links.get(holder.ifindex);
  if (!holding) return { present: false, device: undefined, mtu: undefined };
  if (named !== undefined) return { present: true, device: named, mtu: [...links.values()].find((l) => l.name === named)?.mtu };
  const passive = holding.index === loopback || holding.type === "dummy";
  if (!passive) return { present: true, device: holding.name, mtu: holding.mtu };
  const ways = waysTo(conn, peers, vtep)
    .map((index) => links.get(index))
    .filter((l) => l !== undefined && l.index !== loopback);
  const narrowest = ways.toSorted((a, b) => a!.mtu - b!.mtu)[0];
  return { present: true, device: narrowest?.name, mtu: narrowest?.mtu };
}

/** ifindexes of the longest matching route of each peer; of all routes of the family when no peer is reached. */
function waysTo(conn: NetlinkConn, peers: readonly Ip[], vtep: Ip): number[] {
  const routes = conn
    .dump("route")
    .filter((r) => r.table === RT_TABLE_MAIN && r.type === "unicast" && isIp4(r.destination.ip) === isIp4(vtep));
  const ways = new Set<number>();
  const add = (hops: readonly { readonly ifindex?: number }[]): void => {
    for (const hop of hops) if (hop.ifindex !== undefined) ways.add(hop.ifindex);
  };
  for (const peer of peers) {
    const matching = routes.filter((r) => prefixContains(r.destination, peer));
    const longest = matching.toSorted((a, b) => b.destination.length - a.destination.length)[0];
    if (longest) add(longest.hops);
  }
  if (ways.size === 0) for (const r of routes) add(r.hops);
  return [...ways];
}
