// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipFromBytes } from "../../../base/net/ip.ts";
import { Malformed } from "../errors.ts";
import { type Family, afiSafi, familyOf } from "../family.ts";
import { decodeNlriField, encodeNlriField } from "../nlri/field.ts";
import type { Nlri } from "../nlri/nlri.ts";
import { formatNlri } from "../nlri/table.ts";
import type { AttributeCodec } from "./codec.ts";
import { optionalNonTransitive } from "./flags.ts";

/**
 * MP_REACH_NLRI — RFC 4760 §3.
 *
 *   AFI 2 | SAFI 1 | next hop length 1 | next hop | reserved 1 | NLRI …
 */
export interface MpReach {
  readonly kind: "mp-reach";
  readonly flags: number;
  readonly family: Family;
  /** As on the wire: an address, two of them (global and link-local), or the same behind a route distinguisher each. */
  readonly nextHop: Uint8Array;
  /** "MUST be set to 0, and SHOULD be ignored upon receipt." */
  readonly reserved: number;
  readonly routes: readonly Nlri[];
}

/** Next hop lengths by family: IPv4 routes may have IPv6 next hops — RFC 8950 §3; link-local as the second — RFC 2545 §3. */
const nextHopLengths: Readonly<Partial<Record<Family, readonly number[]>>> = {
  "ipv4-unicast": [4, 16, 32],
  "ipv6-unicast": [16, 32],
  "l2vpn-evpn": [4, 16, 32],
  "rt-constrain": [4, 16, 32],
  vpnv4: [12, 24, 48],
  vpnv6: [24, 48],
};

/** The (first, global) address in a next hop field; undefined for a length that no known family uses. */
export function nextHopAddress(nextHop: Uint8Array): Ip | undefined {
  switch (nextHop.length) {
    case 4:
    case 16:
      return ipFromBytes(nextHop);
    case 32:
      return ipFromBytes(nextHop, 0, 16);
    case 12:
      return ipFromBytes(nextHop, 8, 4);
    case 24:
    case 48:
      return ipFromBytes(nextHop, 8, 16);
    default:
      return undefined;
  }
}

export const mpReach: AttributeCodec<MpReach> = {
  code: 14,
  name: "MP_REACH_NLRI",
  flags: optionalNonTransitive,
  whenMalformed: "disable-family",
  decode(r, flags, context) {
    if (r.remaining < 5) throw new Malformed(`length ${r.remaining}, must be at least 5`);
    const family = familyOf(r.u16(), r.u8());
    const length = r.u8();
    const allowed = nextHopLengths[family];
    if (allowed && !allowed.includes(length))
      throw new Malformed(`next hop length ${length} for ${family}, must be ${allowed.join(" or ")}`);
    if (length + 1 > r.remaining) throw new Malformed(`next hop length ${length} leaves no room for the rest`);
    const nextHop = r.take(length).slice();
    const reserved = r.u8();
    return { kind: "mp-reach", flags, family, nextHop, reserved, routes: decodeNlriField(r.bytes, r.offset, r.end, family, context) };
  },
  encode(a, w, context) {
    const { afi, safi } = afiSafi(a.family);
    w.u16(afi).u8(safi).u8(a.nextHop.length).put(a.nextHop).u8(a.reserved);
    encodeNlriField(a.routes, a.family, context, w);
  },
  format(a) {
    return `${a.family} via ${nextHopAddress(a.nextHop) ?? "?"}: ${a.routes.map((route) => formatNlri(a.family, route)).join(" ")}`;
  },
};
