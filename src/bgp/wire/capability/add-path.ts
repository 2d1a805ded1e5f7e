// SPDX-License-Identifier: Apache-2.0
import { type Family, afiSafi, familyOf } from "../family.ts";
import type { CapabilityCodec } from "./codec.ts";

export interface AddPathFamily {
  readonly family: Family;
  /** 1 receive, 2 send, 3 both; entries with another value are to be ignored. */
  readonly mode: number;
}

/** Bits of {@link AddPathFamily.mode}. */
export const addPathReceive = 1;
export const addPathSend = 2;

/**
 * Several paths per prefix — RFC 7911 §4.
 *
 *   (AFI 2 | SAFI 1 | send/receive 1) …
 */
export interface AddPath {
  readonly kind: "add-path";
  readonly families: readonly AddPathFamily[];
}

export const addPath: CapabilityCodec<AddPath> = {
  code: 69,
  name: "add-path",
  decode(r) {
    const families: AddPathFamily[] = [];
    while (r.remaining > 0) families.push({ family: familyOf(r.u16(), r.u8()), mode: r.u8() });
    return { kind: "add-path", families };
  },
  encode(c, w) {
    for (const f of c.families) {
      const { afi, safi } = afiSafi(f.family);
      w.u16(afi).u8(safi).u8(f.mode);
    }
  },
};
