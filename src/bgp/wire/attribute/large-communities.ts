// SPDX-License-Identifier: Apache-2.0
import { type LargeCommunity, formatLargeCommunity } from "../community/large-community.ts";
import type { AttributeCodec } from "./codec.ts";
import { expectMultiple } from "./expect-length.ts";
import { optionalTransitive } from "./flags.ts";

/** LARGE_COMMUNITY — RFC 8092. */
export interface LargeCommunities {
  readonly kind: "large-communities";
  readonly flags: number;
  readonly communities: readonly LargeCommunity[];
}

export const largeCommunities: AttributeCodec<LargeCommunities> = {
  code: 32,
  name: "LARGE_COMMUNITY",
  flags: optionalTransitive,
  whenMalformed: "withdraw",
  decode(r, flags) {
    expectMultiple(r, 12, 1);
    const list: LargeCommunity[] = [];
    while (r.remaining > 0) list.push({ administrator: r.u32(), data1: r.u32(), data2: r.u32() });
    return { kind: "large-communities", flags, communities: list };
  },
  encode(a, w) {
    for (const c of a.communities) w.u32(c.administrator).u32(c.data1).u32(c.data2);
  },
  format(a) {
    return a.communities.map(formatLargeCommunity).join(" ");
  },
};
