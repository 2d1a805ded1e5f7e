// SPDX-License-Identifier: Apache-2.0
import { type Community, formatCommunity } from "../community/community.ts";
import type { AttributeCodec } from "./codec.ts";
import { expectMultiple } from "./expect-length.ts";
import { optionalTransitive } from "./flags.ts";

/** COMMUNITIES — RFC 1997. */
export interface Communities {
  readonly kind: "communities";
  readonly flags: number;
  readonly communities: readonly Community[];
}

export const communities: AttributeCodec<Communities> = {
  code: 8,
  name: "COMMUNITIES",
  flags: optionalTransitive,
  whenMalformed: "withdraw",
  decode(r, flags) {
    expectMultiple(r, 4, 1);
    const list: Community[] = [];
    while (r.remaining > 0) list.push(r.u32());
    return { kind: "communities", flags, communities: list };
  },
  encode(a, w) {
    for (const c of a.communities) w.u32(c);
  },
  format(a) {
    return a.communities.map(formatCommunity).join(" ");
  },
};
