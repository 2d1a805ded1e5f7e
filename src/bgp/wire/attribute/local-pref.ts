// SPDX-License-Identifier: Apache-2.0
import type { AttributeCodec } from "./codec.ts";
import { expectLength } from "./expect-length.ts";
import { wellKnown } from "./flags.ts";

/** LOCAL_PREF — RFC 4271 §5.1.5. */
export interface LocalPref {
  readonly kind: "local-pref";
  readonly flags: number;
  readonly preference: number;
}

export const localPref: AttributeCodec<LocalPref> = {
  code: 5,
  name: "LOCAL_PREF",
  flags: wellKnown,
  whenMalformed: "withdraw",
  decode(r, flags) {
    expectLength(r, 4);
    return { kind: "local-pref", flags, preference: r.u32() };
  },
  encode(a, w) {
    w.u32(a.preference);
  },
  format(a) {
    return String(a.preference);
  },
};
