// SPDX-License-Identifier: Apache-2.0
import { Reader } from "../../../base/bytes/reader.ts";
import { Writer } from "../../../base/bytes/writer.ts";
import { formatPrefix } from "../../../base/net/prefix.ts";
import { toHex } from "../../../base/bytes/hex.ts";
import { NotEncodable } from "../errors.ts";
import type { Family } from "../family.ts";
import { decodeEvpn, encodeEvpnInto, evpnKey, evpnLength, formatEvpn } from "./evpn/table.ts";
import type { EvpnRoute } from "./evpn/route.ts";
import { decodeUnicast, encodeUnicast, prefixKey, unicastKey, unicastLength } from "./ip-unicast.ts";
import type { Nlri } from "./nlri.ts";
import { decodeRtConstrain, encodeRtConstrain, formatRtConstrain, rtConstrainLength } from "./rt-constrain.ts";
import { decodeVpn, encodeVpn, vpnKey, vpnLength } from "./vpn.ts";

/** What a family's NLRI look like on the wire; path identifiers (RFC 7911) stand before them and are not its business. */
export interface NlriCodec {
  readonly family: Family;
  /** Octets of the NLRI at `offset`, or what is wrong with it; a number means that `decode` and `key` cannot fail. */
  length(b: Uint8Array, offset: number, end: number): number | string;
  /** Decodes the one sound NLRI in `b[offset, end)`. */
  decode(b: Uint8Array, offset: number, end: number): Nlri;
  /** @throws NotEncodable for a value of another family */
  encode(route: Nlri, w: Writer): void;
  /** Hex that is equal for two sound NLRI exactly when they name the same route: the announcement of a path and its withdrawal do. */
  key(b: Uint8Array, offset: number, end: number): string;
  format(route: Nlri): string;
}

function unicast(family: Family, most: number): NlriCodec {
  return {
    family,
    length: (b, offset, end) => unicastLength(b, offset, end, most),
    decode: (b, offset, end) => decodeUnicast(new Reader(b, offset, end), most),
    encode: (route, w) => (route.kind === "unicast" ? encodeUnicast(route, w) : wrongKind(family, route)),
    key: unicastKey,
    format: (route) => (route.kind === "unicast" ? formatPrefix(route.prefix) : wrongKind(family, route)),
  };
}

function vpn(family: Family, most: number): NlriCodec {
  return {
    family,
    length: (b, offset, end) => vpnLength(b, offset, end, most),
    decode: (b, offset, end) => decodeVpn(b, offset, end, most),
    encode: (route, w) => (route.kind === "vpn" ? encodeVpn(route, w) : wrongKind(family, route)),
    key: vpnKey,
    format: (route) => (route.kind === "vpn" ? `${route.rd}:${formatPrefix(route.prefix)}` : wrongKind(family, route)),
  };
}

const evpn: NlriCodec = {
  family: "l2vpn-evpn",
  length: evpnLength,
  decode: decodeEvpn,
  encode: (route, w) => (isEvpn(route) ? encodeEvpnInto(route, w) : wrongKind("l2vpn-evpn", route)),
  key: evpnKey,
  format: (route) => (isEvpn(route) ? formatEvpn(route) : wrongKind("l2vpn-evpn", route)),
};

const rtConstrain: NlriCodec = {
  family: "rt-constrain",
  length: rtConstrainLength,
  decode: (b, offset, end) => decodeRtConstrain(new Reader(b, offset, end)),
  encode: (route, w) => (route.kind === "rt-membership" ? encodeRtConstrain(route, w) : wrongKind("rt-constrain", route)),
  key: (b, offset) => prefixKey(b, offset + 1, b[offset]!),
  format: (route) => (route.kind === "rt-membership" ? formatRtConstrain(route) : wrongKind("rt-constrain", route)),
};

export const nlriTable: readonly NlriCodec[] = [
  unicast("ipv4-unicast", 32),
  unicast("ipv6-unicast", 128),
  vpn("vpnv4", 32),
  vpn("vpnv6", 128),
  evpn,
  rtConstrain,
];

/** undefined for a family whose NLRI we cannot even tell apart. */
export function nlriCodec(family: Family): NlriCodec | undefined {
  return nlriTable.find((row) => row.family === family);
}

/** True of the kinds that belong to l2vpn-evpn. */
export function isEvpn(route: Nlri): route is EvpnRoute {
  return route.kind !== "unicast" && route.kind !== "vpn" && route.kind !== "rt-membership" && route.kind !== "opaque-nlri";
}

function wrongKind(family: Family, route: Nlri): never {
  throw new NotEncodable(`a route of kind ${route.kind} is none of ${family}`);
}

/** One NLRI in wire form without path identifier. */
export function encodeNlri(family: Family, route: Nlri): Uint8Array<ArrayBuffer> {
  const w = new Writer(64);
  encodeNlriInto(family, route, w);
  return w.finish();
}

export function encodeNlriInto(family: Family, route: Nlri, w: Writer): void {
  if (route.kind === "opaque-nlri") w.put(route.octets);
  else (nlriCodec(family) ?? wrongKind(family, route)).encode(route, w);
}

export function formatNlri(family: Family, route: Nlri): string {
  return route.kind === "opaque-nlri" ? `0x${toHex(route.octets)}` : (nlriCodec(family) ?? wrongKind(family, route)).format(route);
}

/** The key of the sound NLRI in `b[offset, end)`; of a family that we do not know all octets are. */
export function nlriKey(family: Family, b: Uint8Array, offset = 0, end = b.length): string {
  return nlriCodec(family)?.key(b, offset, end) ?? toHex(b.subarray(offset, end));
}
