// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipFromBytes, ipToBytes } from "../../../base/net/ip.ts";
import { Malformed } from "../errors.ts";
import type { AttributeCodec } from "./codec.ts";
import { expectLength } from "./expect-length.ts";
import { optionalTransitive } from "./flags.ts";

/** AS4_AGGREGATOR — RFC 6793 §3. */
export interface As4Aggregator {
  readonly kind: "as4-aggregator";
  readonly flags: number;
  readonly asn: number;
  readonly address: Ip;
}

export const as4Aggregator: AttributeCodec<As4Aggregator> = {
  code: 18,
  name: "AS4_AGGREGATOR",
  flags: optionalTransitive,
  whenMalformed: "discard",
  decode(r, flags) {
    expectLength(r, 8);
    const asn = r.u32();
    if (asn === 0) throw new Malformed("AS number 0");
    return { kind: "as4-aggregator", flags, asn, address: ipFromBytes(r.take(4)) };
  },
  encode(a, w) {
    w.u32(a.asn).put(ipToBytes(a.address));
  },
  format(a) {
    return `${a.asn} ${a.address}`;
  },
};
