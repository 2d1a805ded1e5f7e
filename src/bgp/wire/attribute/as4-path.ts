// SPDX-License-Identifier: Apache-2.0
import { type AsSegment, formatSegments, readSegments, writeSegments } from "./as-path.ts";
import type { AttributeCodec } from "./codec.ts";
import { optionalTransitive } from "./flags.ts";

/** AS4_PATH: the path in four octets, carried across speakers that know only two — RFC 6793 §3. */
export interface As4Path {
  readonly kind: "as4-path";
  readonly flags: number;
  readonly segments: readonly AsSegment[];
}

export const as4Path: AttributeCodec<As4Path> = {
  code: 17,
  name: "AS4_PATH",
  flags: optionalTransitive,
  whenMalformed: "discard",
  decode(r, flags) {
    return { kind: "as4-path", flags, segments: readSegments(r, 4) };
  },
  encode(a, w) {
    writeSegments(a.segments, 4, w);
  },
  format(a) {
    return formatSegments(a.segments);
  },
};
