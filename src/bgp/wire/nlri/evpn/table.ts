// SPDX-License-Identifier: Apache-2.0
import { toHex } from "../../../../base/bytes/hex.ts";
import { Writer } from "../../../../base/bytes/writer.ts";
import type { OctetRange } from "../octet-range.ts";
import type { EvpnRouteCodec } from "./codec.ts";
import { ethernetAdRoute } from "./ethernet-ad.ts";
import { ethernetSegmentRoute } from "./ethernet-segment.ts";
import { inclusiveMulticastRoute } from "./inclusive-multicast.ts";
import { ipPrefixRoute } from "./ip-prefix.ts";
import { macIpRoute } from "./mac-ip.ts";
import { formatOpaqueRoute, opaqueRouteName } from "./opaque-route.ts";
import type { EvpnRoute } from "./route.ts";

type KnownKind = Exclude<EvpnRoute["kind"], "opaque-evpn">;

/** Every route type whose inside we read. */
export const evpnRouteTable: { readonly [K in KnownKind]: EvpnRouteCodec<Extract<EvpnRoute, { readonly kind: K }>> } = {
  "ethernet-ad": ethernetAdRoute,
  "mac-ip": macIpRoute,
  "inclusive-multicast": inclusiveMulticastRoute,
  "ethernet-segment": ethernetSegmentRoute,
  "ip-prefix": ipPrefixRoute,
};

const byType: (EvpnRouteCodec<EvpnRoute> | undefined)[] = [];
for (const row of Object.values(evpnRouteTable)) byType[row.type] = row;

/** The row under a kind takes that kind; the compiler cannot follow the correlation. */
function rowOf(kind: KnownKind): EvpnRouteCodec<EvpnRoute> {
  return evpnRouteTable[kind];
}

/** Octets of the EVPN NLRI at `offset` (`type 1 | length 1 | value`, RFC 7432 §7), or what is wrong with it. Allocates nothing when it is sound. */
export function evpnLength(b: Uint8Array, offset: number, end: number): number | string {
  if (offset + 2 > end) return "EVPN route cut off before its length";
  const type = b[offset]!;
  const length = b[offset + 1]!;
  if (offset + 2 + length > end) return `EVPN route type ${type}: length ${length} runs past the end by ${offset + 2 + length - end}`;
  const wrong = byType[type]?.check(b, offset + 2, length);
  return wrong === undefined ? 2 + length : `EVPN route type ${type}: ${wrong}`;
}

/** Decodes the one NLRI in `b[offset, end)`, which {@link evpnLength} found sound. */
export function decodeEvpn(b: Uint8Array, offset = 0, end = b.length): EvpnRoute {
  const type = b[offset]!;
  const row = byType[type];
  return row ? row.decode(b, offset + 2, end - offset - 2) : { kind: "opaque-evpn", type, value: b.slice(offset + 2, end) };
}

export function encodeEvpnInto(route: EvpnRoute, w: Writer): void {
  w.u8(evpnType(route));
  const at = w.length;
  w.u8(0);
  if (route.kind === "opaque-evpn") w.put(route.value);
  else rowOf(route.kind).encode(route, w);
  w.patchU8(at, w.length - at - 1);
}

/** One NLRI in wire form, without a path identifier. */
export function encodeEvpn(route: EvpnRoute): Uint8Array<ArrayBuffer> {
  const w = new Writer(64);
  encodeEvpnInto(route, w);
  return w.finish();
}

/** As FRR prints it: `[2]:[0]:[48]:[02:00:00:00:01:02]:[32]:[192.168.1.2]`. The RD is not in it. */
export function formatEvpn(route: EvpnRoute): string {
  return route.kind === "opaque-evpn" ? formatOpaqueRoute(route) : rowOf(route.kind).format(route);
}

export function evpnType(route: EvpnRoute): number {
  return route.kind === "opaque-evpn" ? route.type : rowOf(route.kind).type;
}

/** `mac-ip`, `selective-multicast`: the route type in words, those that we only carry included. */
export function evpnTypeName(type: number): string {
  for (const [kind, row] of Object.entries(evpnRouteTable)) if (row.type === type) return kind;
  return opaqueRouteName(type);
}

/** The octets of {@link evpnKeyRange} in hex. */
export function evpnKey(b: Uint8Array, offset: number, end: number): string {
  let key = "";
  for (const [from, to] of evpnKeyRange(b, offset, end)) key += toHex(b.subarray(from, to));
  return key;
}

/**
 * Which octets of the sound NLRI in `b[offset, end)` are its key, the type octet first — RFC 7432 §7.
 * Of a type that we do not know all octets are.
 */
export function evpnKeyRange(b: Uint8Array, offset: number, end: number): readonly OctetRange[] {
  const row = byType[b[offset]!];
  return row ? [[offset, offset + 1], ...row.keyRange(b, offset + 2, end - offset - 2)] : [[offset, end]];
}
