// SPDX-License-Identifier: Apache-2.0
import { Malformed } from "../errors.ts";
import type { AttributeCodec } from "./codec.ts";
import { expectLength } from "./expect-length.ts";
import { wellKnown } from "./flags.ts";

export type OriginValue = "igp" | "egp" | "incomplete";

/** ORIGIN — RFC 4271 §5.1.1. */
export interface Origin {
  readonly kind: "origin";
  readonly flags: number;
  readonly origin: OriginValue;
}

const values: readonly OriginValue[] = ["igp", "egp", "incomplete"];

export const origin: AttributeCodec<Origin> = {
  code: 1,
  name: "ORIGIN",
  flags: wellKnown,
  whenMalformed: "withdraw",
  decode(r, flags) {
    expectLength(r, 1);
    const octet = r.u8();
    const value = values[octet];
    if (value === undefined) throw new Malformed(`value ${octet}, must be 0 (igp), 1 (egp) or 2 (incomplete)`);
    return { kind: "origin", flags, origin: value };
  },
  encode(a, w) {
    w.u8(values.indexOf(a.origin));
  },
  format(a) {
    return a.origin;
  },
};
