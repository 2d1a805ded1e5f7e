// SPDX-License-Identifier: Apache-2.0
import { type Family, afiSafi, familyOf } from "../family.ts";
import type { CapabilityCodec } from "./codec.ts";

export interface GracefulRestartFamily {
  readonly family: Family;
  /** F bit: forwarding survived the restart. */
  readonly forwarding: boolean;
  /** The seven bits without meaning; zero from a well-behaved sender. */
  readonly otherFlags?: number;
}

/**
 * Graceful restart — RFC 4724 §3, N bit RFC 8538 §2.
 *
 *   R 1 bit, N 1 bit, reserved 2 bits, restart time 12 bits | (AFI 2 | SAFI 1 | flags 1) …
 */
export interface GracefulRestart {
  readonly kind: "graceful-restart";
  /** R bit: the sender has just restarted and waits for End-of-RIB. */
  readonly restarted: boolean;
  /** N bit: also over NOTIFICATION and hold timer expiry. */
  readonly notification: boolean;
  /** Seconds, at most 4095. */
  readonly restartTime: number;
  readonly families: readonly GracefulRestartFamily[];
  /** The two reserved bits, as 0 to 3. */
  readonly otherFlags?: number;
}

export const gracefulRestart: CapabilityCodec<GracefulRestart> = {
  code: 64,
  name: "graceful-restart",
  decode(r) {
    const first = r.u16();
    const families: GracefulRestartFamily[] = [];
    while (r.remaining > 0) {
      const family = familyOf(r.u16(), r.u8());
      const flags = r.u8();
      const entry = { family, forwarding: (flags & 0x80) !== 0 };
      families.push((flags & 0x7f) === 0 ? entry : { ...entry, otherFlags: flags & 0x7f });
    }
    const other = (first >> 12) & 3;
    const value: GracefulRestart = {
      kind: "graceful-restart",
      restarted: (first & 0x8000) !== 0,
      notification: (first & 0x4000) !== 0,
      restartTime: first & 0xfff,
      families,
    };
    return other === 0 ? value : { ...value, otherFlags: other };
  },
  encode(c, w) {
    w.u16((c.restarted ? 0x8000 : 0) | (c.notification ? 0x4000 : 0) | ((c.otherFlags ?? 0) << 12) | c.restartTime);
    for (const f of c.families) {
      const { afi, safi } = afiSafi(f.family);
      w.u16(afi)
        .u8(safi)
        .u8((f.forwarding ? 0x80 : 0) | (f.otherFlags ?? 0));
    }
  },
};
