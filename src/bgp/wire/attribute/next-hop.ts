// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipFromBytes, ipToBytes } from "../../../base/net/ip.ts";
import type { AttributeCodec } from "./codec.ts";
import { expectLength } from "./expect-length.ts";
import { wellKnown } from "./flags.ts";

/** NEXT_HOP of the IPv4 NLRI in the message's body — RFC 4271 §5.1.3. */
export interface NextHop {
  readonly kind: "next-hop";
  readonly flags: number;
  readonly nextHop: Ip;
}

export const nextHop: AttributeCodec<NextHop> = {
  code: 3,
  name: "NEXT_HOP",
  flags: wellKnown,
  whenMalformed: "withdraw",
  decode(r, flags) {
    expectLength(r, 4);
    return { kind: "next-hop", flags, nextHop: ipFromBytes(r.take(4)) };
  },
  encode(a, w) {
    w.put(ipToBytes(a.nextHop));
  },
  format(a) {
    return a.nextHop;
  },
};
