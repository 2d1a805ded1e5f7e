// SPDX-License-Identifier: Apache-2.0
import { isIp4 } from "../../base/net/ip.ts";
import { maskIp } from "../../base/net/prefix.ts";
import { type Address, type AddressRequest, IFA_F_PERMANENT } from "../route/address.ts";
import { NUD_FAILED } from "../route/neighbour-flags.ts";
import type { NeighbourRequest } from "../route/neighbour.ts";
import {
  RTPROT_KERNEL,
  RT_SCOPE_HOST,
  RT_SCOPE_LINK,
  RT_SCOPE_UNIVERSE,
  RT_TABLE_LOCAL,
  RT_TABLE_MAIN,
  type Route,
} from "../route/route.ts";
import type { FakeNamespace, Refusal } from "./fake-namespace.ts";

/** `ip addr`, with the connected and local routes that come with an IPv4 address. */
export function applyAddress(ns: FakeNamespace, r: AddressRequest): Refusal | undefined {
  const l = ns.links.get(r.address.ifindex);
  if (!l) return ["ENODEV"];
  const { ip, prefixLength, ifindex } = r.address;
  const four = isIp4(ip);
  const key = `${ifindex} ${ip}/${prefixLength}`;
  const there = ns.addresses.get(key);
  if (r.verb === "delete") {
    if (!there) return ["EADDRNOTAVAIL", four ? "ipv4: Address not found" : "ipv6: address not found"];
    ns.addresses.delete(key);
    for (const route of connectedRoutes(there)) ns.dropRoute(route);
    ns.notify({ object: "address", change: "delete", value: there });
    if (four && ![...ns.addresses.values()].some((a) => a.ifindex === ifindex && isIp4(a.ip))) ns.forgetRoutes4(ifindex);
    return undefined;
  }
  if (there && r.verb === "add") return ["EEXIST", four ? "ipv4: Address already assigned" : "ipv6: address already assigned"];
  const value: Address = { ...r.address, flags: r.address.flags | IFA_F_PERMANENT, ...(four ? { label: r.address.label ?? l.name } : {}) };
  ns.addresses.set(key, value);
  ns.notify({ object: "address", change: "new", value });
  if (l.up) for (const route of connectedRoutes(value)) ns.putRoute(route);
  return undefined;
}

/** Of an IPv4 address: its network in the main table, itself in the local one. Of IPv6 the network only. */
export function connectedRoutes(a: Address): Route[] {
  if (!isIp4(a.ip)) {
    const hops = [{ ifindex: a.ifindex, weight: 1, flags: 0 }];
    const destination = { ip: maskIp(a.ip, a.prefixLength), length: a.prefixLength };
    return [
      {
        protocol: RTPROT_KERNEL,
        tos: 0,
        hops,
        priority: 256,
        destination,
        table: RT_TABLE_MAIN,
        type: "unicast",
        scope: RT_SCOPE_UNIVERSE,
      },
    ];
  }
  const common = { protocol: RTPROT_KERNEL, tos: 0, hops: [{ ifindex: a.ifindex, weight: 1, flags: 0 }], preferredSource: a.ip };
  const local: Route = {
    ...common,
    destination: { ip: a.ip, length: 32 },
    table: RT_TABLE_LOCAL,
    type: "local",
    scope: RT_SCOPE_HOST,
  };
  if (a.prefixLength === 32) return [local];
  const destination = { ip: maskIp(a.ip, a.prefixLength), length: a.prefixLength };
  return [{ ...common, destination, table: RT_TABLE_MAIN, type: "unicast", scope: RT_SCOPE_LINK }, local];
}

/** `ip neigh` */
export function applyNeighbour(ns: FakeNamespace, r: NeighbourRequest): Refusal | undefined {
  if (!ns.links.has(r.neighbour.ifindex)) return ["ENODEV"];
  const key = `${r.neighbour.ifindex} ${r.neighbour.ip}`;
  const there = ns.neighbours.get(key);
  if (r.verb === "delete") {
    if (!there) return ["ENOENT"];
    ns.neighbours.delete(key);
    ns.notify({ object: "neighbour", change: "delete", value: { ...there, state: NUD_FAILED } });
    return undefined;
  }
  if (there && r.verb === "add") return ["EEXIST"];
  // A request that names no MAC or protocol leaves what is there.
  const value = { ...there, ...r.neighbour };
  ns.neighbours.set(key, value);
  ns.notify({ object: "neighbour", change: "new", value });
  return undefined;
}
