// SPDX-License-Identifier: Apache-2.0
import type { AttributeCodec } from "./codec.ts";
import { expectLength } from "./expect-length.ts";
import { wellKnown } from "./flags.ts";

/** ATOMIC_AGGREGATE: its presence is all that it says — RFC 4271 §5.1.6. */
export interface AtomicAggregate {
  readonly kind: "atomic-aggregate";
  readonly flags: number;
}

export const atomicAggregate: AttributeCodec<AtomicAggregate> = {
  code: 6,
  name: "ATOMIC_AGGREGATE",
  flags: wellKnown,
  whenMalformed: "discard",
  decode(r, flags) {
    expectLength(r, 0);
    return { kind: "atomic-aggregate", flags };
  },
  encode() {},
  format() {
    return "atomic-aggregate";
  },
};
