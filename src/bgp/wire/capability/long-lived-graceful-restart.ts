// SPDX-License-Identifier: Apache-2.0
import { type Family, afiSafi, familyOf } from "../family.ts";
import type { CapabilityCodec } from "./codec.ts";

export interface LongLivedFamily {
  readonly family: Family;
  /** F bit: forwarding survived the restart. */
  readonly forwarding: boolean;
  /** Seconds, at most 16777215. */
  readonly staleTime: number;
  /** The seven bits without meaning; zero from a well-behaved sender. */
  readonly otherFlags?: number;
}

/**
 * Long-lived graceful restart — RFC 9494 §3.1.
 *
 *   (AFI 2 | SAFI 1 | flags 1 | stale time 3) …
 */
export interface LongLivedGracefulRestart {
  readonly kind: "long-lived-graceful-restart";
  readonly families: readonly LongLivedFamily[];
}

export const longLivedGracefulRestart: CapabilityCodec<LongLivedGracefulRestart> = {
  code: 71,
  name: "long-lived-graceful-restart",
  decode(r) {
    const families: LongLivedFamily[] = [];
    while (r.remaining > 0) {
      const family = familyOf(r.u16(), r.u8());
      const flags = r.u8();
      const entry = { family, forwarding: (flags & 0x80) !== 0, staleTime: r.u24() };
      families.push((flags & 0x7f) === 0 ? entry : { ...entry, otherFlags: flags & 0x7f });
    }
    return { kind: "long-lived-graceful-restart", families };
  },
  encode(c, w) {
    for (const f of c.families) {
      const { afi, safi } = afiSafi(f.family);
      w.u16(afi)
        .u8(safi)
        .u8((f.forwarding ? 0x80 : 0) | (f.otherFlags ?? 0))
        .u24(f.staleTime);
    }
  },
};
