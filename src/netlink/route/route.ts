// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import { type Prefix, formatPrefix } from "../../base/net/prefix.ts";
import type { RawAttribute } from "../wire/attribute.ts";
import { familyOf } from "./family.ts";

export const RTM_NEWROUTE = 24;
export const RTM_DELROUTE = 25;
export const RTM_GETROUTE = 26;

// linux/rtnetlink.h
export const RT_TABLE_MAIN = 254;
export const RT_TABLE_LOCAL = 255;
export const RTPROT_UNSPEC = 0;
export const RTPROT_KERNEL = 2;
export const RTPROT_BOOT = 3;
export const RTPROT_STATIC = 4;
export const RT_SCOPE_UNIVERSE = 0;
export const RT_SCOPE_LINK = 253;
export const RT_SCOPE_HOST = 254;
export const RT_SCOPE_NOWHERE = 255;
export const RTNH_F_ONLINK = 4;

/** RTN_*, in order of their numbers. */
export const routeTypes = [
  "unspec",
  "unicast",
  "local",
  "broadcast",
  "anycast",
  "multicast",
  "blackhole",
  "unreachable",
  "prohibit",
  "throw",
  "nat",
  "xresolve",
] as const;
export type RouteType = (typeof routeTypes)[number];

/** One way to go; more than one make an ECMP route. */
export interface RouteHop {
  /** May be of the other family than the route (RTA_VIA). */
  readonly gateway?: Ip;
  readonly ifindex?: number;
  /** 1…256. */
  readonly weight: number;
  /** RTNH_F_* bits: RTNH_F_ONLINK takes the gateway as reachable on the device without a route to it. */
  readonly flags: number;
}

/** An entry of a routing table. */
export interface Route {
  readonly destination: Prefix;
  readonly table: number;
  readonly type: RouteType;
  /** RTPROT_*: who made it. */
  readonly protocol: number;
  /** RT_SCOPE_* */
  readonly scope: number;
  /** Metric. IPv6 dumps always have one (1024 when none was given). */
  readonly priority?: number;
  readonly source?: Prefix;
  readonly preferredSource?: Ip;
  readonly tos: number;
  /** Empty for blackhole and the like. With `nexthopId`, what the kernel resolved it to. */
  readonly hops: readonly RouteHop[];
  readonly nexthopId?: number;
  readonly unknown?: readonly RawAttribute[];
}

export interface RouteRequest {
  readonly object: "route";
  readonly verb: "add" | "append" | "replace" | "delete";
  readonly route: Route;
}

/** Like a route; unless said otherwise unicast, table main, protocol static, scope as `ip route` chooses it, weights 1. */
export interface RouteSpec {
  readonly destination: Prefix;
  readonly table?: number;
  readonly type?: RouteType;
  readonly protocol?: number;
  readonly scope?: number;
  readonly priority?: number;
  readonly source?: Prefix;
  readonly preferredSource?: Ip;
  readonly tos?: number;
  readonly hops?: readonly (Omit<RouteHop, "weight" | "flags"> & { readonly weight?: number; readonly flags?: number })[];
  readonly nexthopId?: number;
  readonly unknown?: readonly RawAttribute[];
}

function completeHops(hops: NonNullable<RouteSpec["hops"]>): readonly RouteHop[] {
  const isComplete = hops.every((h): h is RouteHop => h.weight !== undefined && h.flags !== undefined);
  return isComplete ? hops : hops.map((h) => ({ ...h, weight: h.weight ?? 1, flags: h.flags ?? 0 }));
}

function complete(spec: RouteSpec): Route {
  const hops = completeHops(spec.hops ?? []);
  return {
    ...spec,
    table: spec.table ?? RT_TABLE_MAIN,
    type: spec.type ?? "unicast",
    protocol: spec.protocol ?? RTPROT_STATIC,
    scope: spec.scope ?? defaultScope(spec),
    tos: spec.tos ?? 0,
    hops,
  };
}

/** As iproute2: IPv4 routes without a gateway have scope link, local ones host; IPv6 knows no scope. */
function defaultScope(spec: RouteSpec): number {
  if (spec.destination.ip.includes(":")) return RT_SCOPE_UNIVERSE;
  if (spec.type === "local") return RT_SCOPE_HOST;
  const unicast = spec.type === undefined || spec.type === "unicast";
  const direct = (spec.hops ?? []).length > 0 && spec.hops!.every((h) => h.gateway === undefined);
  return unicast && direct && spec.nexthopId === undefined ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
}

/** Requests about routes. */
export const route = {
  /** `ip route add PREFIX …`; EEXIST when prefix, tos and metric are taken. */
  add: (spec: RouteSpec): RouteRequest => ({ object: "route", verb: "add", route: complete(spec) }),
  /** `ip route append PREFIX …` */
  append: (spec: RouteSpec): RouteRequest => ({ object: "route", verb: "append", route: complete(spec) }),
  /** `ip route replace PREFIX …` */
  replace: (spec: RouteSpec): RouteRequest => ({ object: "route", verb: "replace", route: complete(spec) }),
  /** `ip route del PREFIX …`; ESRCH when nothing matches what is given. */
  delete: (spec: RouteSpec): RouteRequest => ({
    object: "route",
    verb: "delete",
    // What is not given must match anything, so no defaults are filled in but the table (`ip route del` does the same).
    route: {
      ...complete(spec),
      type: spec.type ?? "unspec",
      protocol: spec.protocol ?? RTPROT_UNSPEC,
      scope: spec.scope ?? RT_SCOPE_NOWHERE,
    },
  }),
};

export function routeFamily(r: Route): number {
  return familyOf(r.destination.ip);
}

/** As `ip route` prints it, with numbers for names: `10.1.0.0/24 via 10.0.0.1 dev 3 table 254 proto 186`. */
export function formatRoute(r: Route): string {
  const words: string[] = r.type === "unicast" || r.type === "unspec" ? [] : [r.type];
  words.push(formatPrefix(r.destination));
  if (r.source !== undefined) words.push(`from ${formatPrefix(r.source)}`);
  if (r.nexthopId !== undefined) words.push(`nhid ${r.nexthopId}`);
  for (const h of r.hops) {
    if (r.hops.length > 1) words.push("nexthop");
    if (h.gateway !== undefined) words.push(`via ${h.gateway}`);
    if (h.ifindex !== undefined) words.push(`dev ${h.ifindex}`);
    if (r.hops.length > 1) words.push(`weight ${h.weight}`);
    if ((h.flags & RTNH_F_ONLINK) !== 0) words.push("onlink");
  }
  words.push(`table ${r.table} proto ${r.protocol}`);
  if (r.priority !== undefined) words.push(`metric ${r.priority}`);
  if (r.preferredSource !== undefined) words.push(`src ${r.preferredSource}`);
  return words.join(" ");
}

export function formatRouteRequest(r: RouteRequest): string {
  return `ip route ${r.verb === "delete" ? "del" : r.verb} ${formatRoute(r.route)}`;
}
