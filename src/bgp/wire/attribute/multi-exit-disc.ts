// SPDX-License-Identifier: Apache-2.0
import type { AttributeCodec } from "./codec.ts";
import { expectLength } from "./expect-length.ts";
import { optionalNonTransitive } from "./flags.ts";

/** MULTI_EXIT_DISC — RFC 4271 §5.1.4. */
export interface MultiExitDisc {
  readonly kind: "multi-exit-disc";
  readonly flags: number;
  readonly metric: number;
}

export const multiExitDisc: AttributeCodec<MultiExitDisc> = {
  code: 4,
  name: "MULTI_EXIT_DISC",
  flags: optionalNonTransitive,
  whenMalformed: "withdraw",
  decode(r, flags) {
    expectLength(r, 4);
    return { kind: "multi-exit-disc", flags, metric: r.u32() };
  },
  encode(a, w) {
    w.u32(a.metric);
  },
  format(a) {
    return String(a.metric);
  },
};
