// SPDX-License-Identifier: Apache-2.0
import { type Family, afiSafi, familyOf } from "../family.ts";
import type { CapabilityCodec } from "./codec.ts";

/**
 * Multiprotocol extensions — RFC 4760 §8.
 *
 *   AFI 2 | reserved 1 | SAFI 1
 */
export interface Multiprotocol {
  readonly kind: "multiprotocol";
  readonly family: Family;
  /** Zero from a well-behaved sender. */
  readonly reserved?: number;
}

export const multiprotocol: CapabilityCodec<Multiprotocol> = {
  code: 1,
  name: "multiprotocol",
  decode(r) {
    const afi = r.u16();
    const reserved = r.u8();
    const family = familyOf(afi, r.u8());
    return reserved === 0 ? { kind: "multiprotocol", family } : { kind: "multiprotocol", family, reserved };
  },
  encode(c, w) {
    const { afi, safi } = afiSafi(c.family);
    w.u16(afi)
      .u8(c.reserved ?? 0)
      .u8(safi);
  },
};
