// SPDX-License-Identifier: Apache-2.0
import type { ExtendedCommunity } from "../community/extended-community.ts";
import { decodeExtendedCommunity, encodeExtendedCommunity, formatExtendedCommunity } from "../community/table.ts";
import type { AttributeCodec } from "./codec.ts";
import { expectMultiple } from "./expect-length.ts";
import { optionalTransitive } from "./flags.ts";

/** EXTENDED COMMUNITIES — RFC 4360. */
export interface ExtendedCommunities {
  readonly kind: "extended-communities";
  readonly flags: number;
  readonly communities: readonly ExtendedCommunity[];
}

export const extendedCommunities: AttributeCodec<ExtendedCommunities> = {
  code: 16,
  name: "EXTENDED COMMUNITIES",
  flags: optionalTransitive,
  whenMalformed: "withdraw",
  decode(r, flags) {
    expectMultiple(r, 8, 1);
    const list: ExtendedCommunity[] = [];
    while (r.remaining > 0) list.push(decodeExtendedCommunity(r.take(8)));
    return { kind: "extended-communities", flags, communities: list };
  },
  encode(a, w) {
    for (const c of a.communities) w.put(encodeExtendedCommunity(c));
  },
  format(a) {
    return a.communities.map(formatExtendedCommunity).join(" ");
  },
};
