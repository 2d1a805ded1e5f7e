// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipFromBytes, ipToBytes } from "../../../base/net/ip.ts";
import { Malformed } from "../errors.ts";
import { asTrans } from "./as-path.ts";
import type { AttributeCodec } from "./codec.ts";
import { expectLength } from "./expect-length.ts";
import { optionalTransitive } from "./flags.ts";

/**
 * AGGREGATOR — RFC 4271 §5.1.7, RFC 6793 §4.1.
 *
 *   AS 2 or 4 | BGP identifier 4
 */
export interface Aggregator {
  readonly kind: "aggregator";
  readonly flags: number;
  readonly asn: number;
  readonly address: Ip;
}

export const aggregator: AttributeCodec<Aggregator> = {
  code: 7,
  name: "AGGREGATOR",
  flags: optionalTransitive,
  whenMalformed: "discard",
  decode(r, flags, context) {
    expectLength(r, context.fourOctetAs ? 8 : 6);
    const asn = context.fourOctetAs ? r.u32() : r.u16();
    if (asn === 0) throw new Malformed("AS number 0");
    return { kind: "aggregator", flags, asn, address: ipFromBytes(r.take(4)) };
  },
  encode(a, w, context) {
    if (context.fourOctetAs) w.u32(a.asn);
    else w.u16(a.asn > 65535 ? asTrans : a.asn);
    w.put(ipToBytes(a.address));
  },
  format(a) {
    return `${a.asn} ${a.address}`;
  },
};
