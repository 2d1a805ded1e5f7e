// SPDX-License-Identifier: Apache-2.0
import type { CapabilityCodec } from "./codec.ts";

export interface ExtendedNextHopRow {
  readonly afi: number;
  /** Two octets here, unlike elsewhere. */
  readonly safi: number;
  /** Address family of the next hop. */
  readonly nextHopAfi: number;
}

/**
 * IPv4 routes with IPv6 next hops — RFC 8950 §4.
 *
 *   (AFI 2 | SAFI 2 | next hop AFI 2) …
 */
export interface ExtendedNextHop {
  readonly kind: "extended-next-hop";
  readonly rows: readonly ExtendedNextHopRow[];
}

export const extendedNextHop: CapabilityCodec<ExtendedNextHop> = {
  code: 5,
  name: "extended-next-hop",
  decode(r) {
    const rows: ExtendedNextHopRow[] = [];
    while (r.remaining > 0) rows.push({ afi: r.u16(), safi: r.u16(), nextHopAfi: r.u16() });
    return { kind: "extended-next-hop", rows };
  },
  encode(c, w) {
    for (const row of c.rows) w.u16(row.afi).u16(row.safi).u16(row.nextHopAfi);
  },
};
