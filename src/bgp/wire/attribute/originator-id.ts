// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipFromBytes, ipToBytes } from "../../../base/net/ip.ts";
import type { AttributeCodec } from "./codec.ts";
import { expectLength } from "./expect-length.ts";
import { optionalNonTransitive } from "./flags.ts";

/** ORIGINATOR_ID — RFC 4456 §8. */
export interface OriginatorId {
  readonly kind: "originator-id";
  readonly flags: number;
  /** The BGP identifier written as an address. */
  readonly originator: Ip;
}

export const originatorId: AttributeCodec<OriginatorId> = {
  code: 9,
  name: "ORIGINATOR_ID",
  flags: optionalNonTransitive,
  whenMalformed: "withdraw",
  decode(r, flags) {
    expectLength(r, 4);
    return { kind: "originator-id", flags, originator: ipFromBytes(r.take(4)) };
  },
  encode(a, w) {
    w.put(ipToBytes(a.originator));
  },
  format(a) {
    return a.originator;
  },
};
