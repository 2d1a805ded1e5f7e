// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipFromBytes, ipToBytes } from "../../base/net/ip.ts";
import { NetlinkDecodeError, NetlinkEncodeError } from "../errors.ts";
import { AttributeCursor } from "../wire/attribute.ts";
import { ip, u32 } from "../wire/attribute-codec.ts";
import { type Message, NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_REQUEST } from "../wire/message.ts";
import type { MessageWriter } from "../wire/message-writer.ts";
import type { Mutable } from "../wire/mutable.ts";
import { i32At, u16At, u32At } from "../wire/scalar.ts";
import { AF_INET, AF_INET6, familyOf, unspecified } from "./family.ts";
import {
  RTM_DELROUTE,
  RTM_NEWROUTE,
  RTNH_F_ONLINK,
  type Route,
  type RouteHop,
  type RouteRequest,
  routeFamily,
  routeTypes,
} from "./route.ts";

const RTA_DST = 1;
const RTA_SRC = 2;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_PRIORITY = 6;
const RTA_PREFSRC = 7;
const RTA_MULTIPATH = 9;
const RTA_CACHEINFO = 12;
const RTA_TABLE = 15;
const RTA_VIA = 18;
const RTA_PREF = 20;
const RTA_NH_ID = 30;

/** ```| family u8 | dst len u8 | src len u8 | tos u8 | table u8 | protocol u8 | scope u8 | type u8 | flags u32 |``` */
const headerLength = 12;
/** `struct rtnexthop`: ```| length u16 | flags u8 | weight - 1 u8 | ifindex i32 |``` then attributes */
const hopHeaderLength = 8;

const createFlags = {
  add: NLM_F_CREATE | NLM_F_EXCL,
  append: NLM_F_CREATE | NLM_F_APPEND,
  replace: NLM_F_CREATE | NLM_F_REPLACE,
  delete: 0,
} as const;

export function encodeRouteRequest(w: MessageWriter, r: RouteRequest, sequence: number): void {
  w.beginMessage(r.verb === "delete" ? RTM_DELROUTE : RTM_NEWROUTE, NLM_F_REQUEST | createFlags[r.verb], sequence);
  // So that what a dump gave can be given back: the kernel refuses hops beside a nexthop id, and flags that only it may set.
  encodeRoute(w, r.route, r.route.nexthopId === undefined ? settable(r.route.hops) : []);
  w.endMessage();
}

/** Usually the same: a table of 20,000 routes needs no copy of each. */
function settable(hops: readonly RouteHop[]): readonly RouteHop[] {
  const isClean = hops.every((h) => (h.flags & ~RTNH_F_ONLINK) === 0);
  return isClean ? hops : hops.map((h) => ({ ...h, flags: h.flags & RTNH_F_ONLINK }));
}

export function encodeRoute(w: MessageWriter, r: Route, hops: readonly RouteHop[] = r.hops): void {
  const family = routeFamily(r);
  const single = hops.length === 1 && hops[0]!.weight === 1 ? hops[0] : undefined;
  w.u8(family)
    .u8(r.destination.length)
    .u8(r.source?.length ?? 0)
    .u8(r.tos);
  w.u8(r.table < 256 ? r.table : 0)
    .u8(r.protocol)
    .u8(r.scope)
    .u8(routeTypes.indexOf(r.type));
  w.u32(single?.flags ?? 0);
  if (r.destination.length > 0) ip.write(w, RTA_DST, r.destination.ip);
  if (r.source !== undefined) {
    if (familyOf(r.source.ip) !== family) throw new NetlinkEncodeError("a route's source must be of its destination's family");
    ip.write(w, RTA_SRC, r.source.ip);
  }
  u32.write(w, RTA_TABLE, r.table);
  if (r.priority !== undefined) u32.write(w, RTA_PRIORITY, r.priority);
  if (r.preferredSource !== undefined) ip.write(w, RTA_PREFSRC, r.preferredSource);
  if (r.nexthopId !== undefined) u32.write(w, RTA_NH_ID, r.nexthopId);
  if (single) {
    encodeGateway(w, single.gateway, family);
    if (single.ifindex !== undefined) u32.write(w, RTA_OIF, single.ifindex);
  } else if (hops.length > 0) {
    encodeHops(w, hops, family);
  }
  for (const a of r.unknown ?? []) w.attribute(a.type, a.bytes);
}

function encodeHops(w: MessageWriter, hops: readonly RouteHop[], family: number): void {
  const all = w.beginNested(RTA_MULTIPATH);
  for (const h of hops) {
    if (h.weight < 1 || h.weight > 256) throw new NetlinkEncodeError(`weight ${h.weight} is not 1…256`);
    const at = w.length;
    w.u16(0)
      .u8(h.flags)
      .u8(h.weight - 1)
      .u32(h.ifindex ?? 0);
    encodeGateway(w, h.gateway, family);
    w.patchU16(at, w.length - at);
  }
  w.endNested(all);
}

function encodeGateway(w: MessageWriter, gateway: Ip | undefined, family: number): void {
  if (gateway === undefined) return;
  const own = familyOf(gateway);
  if (own === family) ip.write(w, RTA_GATEWAY, gateway);
  else w.attribute(RTA_VIA, Uint8Array.of(own, 0, ...ipToBytes(gateway)));
}

/** RTM_NEWROUTE or RTM_DELROUTE. @returns undefined for other families (MPLS, multicast). @throws NetlinkDecodeError */
export function decodeRoute(m: Message): Route | undefined {
  const { bytes, start } = m;
  if (m.end - start < headerLength) throw new NetlinkDecodeError("rtmsg cut short", start);
  const family = bytes[start]!;
  if (family !== AF_INET && family !== AF_INET6) return undefined;
  const any = unspecified(family);
  const r: Mutable<Route> = {
    destination: { ip: any, length: bytes[start + 1]! },
    table: bytes[start + 4]!,
    type: routeTypes[bytes[start + 7]!] ?? "unspec",
    protocol: bytes[start + 5]!,
    scope: bytes[start + 6]!,
    tos: bytes[start + 3]!,
    hops: [],
  };
  // The low octet of the flags is the single hop's own.
  const single: Mutable<RouteHop> = { weight: 1, flags: u32At(bytes, start + 8) & 0xff };
  const a = new AttributeCursor(bytes, start + headerLength, m.end);
  while (a.next()) readRouteAttribute(a, r, single, bytes[start + 2]!);
  if (r.hops.length === 0 && (single.gateway !== undefined || single.ifindex !== undefined)) r.hops = [single];
  return r;
}

function readRouteAttribute(a: AttributeCursor, r: Mutable<Route>, single: Mutable<RouteHop>, sourceLength: number): void {
  if (a.type === RTA_DST) r.destination = { ip: ip.read(a), length: r.destination.length };
  else if (a.type === RTA_SRC) r.source = { ip: ip.read(a), length: sourceLength };
  else if (a.type === RTA_TABLE) r.table = u32.read(a);
  else if (a.type === RTA_PRIORITY) r.priority = u32.read(a);
  else if (a.type === RTA_PREFSRC) r.preferredSource = ip.read(a);
  else if (a.type === RTA_NH_ID) r.nexthopId = u32.read(a);
  else if (a.type === RTA_OIF) single.ifindex = u32.read(a);
  else if (a.type === RTA_GATEWAY) single.gateway = ip.read(a);
  else if (a.type === RTA_VIA) single.gateway = readVia(a);
  else if (a.type === RTA_MULTIPATH) r.hops = decodeHops(a);
  // Counters, and the IPv6 router preference, which is medium for all but routes from router advertisements.
  else if (a.type !== RTA_CACHEINFO && a.type !== RTA_PREF) r.unknown = [...(r.unknown ?? []), a.raw()];
}

/** `struct rtvia`: ```| family u16 | address |``` */
function readVia(a: AttributeCursor): Ip {
  const size = a.end - a.need(2) - 2;
  if (size !== 4 && size !== 16) throw new NetlinkDecodeError(`via of ${size} octets`, a.start);
  return ipFromBytes(a.bytes, a.start + 2, size);
}

function decodeHops(a: AttributeCursor): RouteHop[] {
  const hops: RouteHop[] = [];
  let at = a.start;
  while (at + hopHeaderLength <= a.end) {
    const size = u16At(a.bytes, at);
    if (size < hopHeaderLength || at + size > a.end) throw new NetlinkDecodeError(`rtnexthop length ${size} impossible`, at);
    const ifindex = i32At(a.bytes, at + 4);
    const h: Mutable<RouteHop> = { weight: a.bytes[at + 3]! + 1, flags: a.bytes[at + 2]! };
    if (ifindex !== 0) h.ifindex = ifindex;
    const inner = new AttributeCursor(a.bytes, at + hopHeaderLength, at + size);
    while (inner.next()) {
      if (inner.type === RTA_GATEWAY) h.gateway = ip.read(inner);
      else if (inner.type === RTA_VIA) h.gateway = readVia(inner);
    }
    hops.push(h);
    at += (size + 3) & ~3;
  }
  return hops;
}
