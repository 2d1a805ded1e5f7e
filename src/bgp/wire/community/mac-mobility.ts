// SPDX-License-Identifier: Apache-2.0
import type { ExtendedCommunityCodec } from "./codec.ts";
/**
 * MAC mobility — RFC 7432 §7.7.
 *
 *   0x06 | 0x00 | flags 1 (lowest bit: sticky) | reserved 1 | sequence 4
 */
export interface MacMobilityCommunity {
  readonly kind: "mac-mobility";
  readonly sticky: boolean;
  readonly sequence: number;
  /** The flags that have no meaning, with the sticky bit cleared; zero from a well-behaved sender. */
  readonly otherFlags: number;
  readonly reserved: number;
}

export const macMobility: ExtendedCommunityCodec<MacMobilityCommunity> = {
  codes: [0x0600],
  decode(b: Uint8Array, at: number): MacMobilityCommunity {
    const sequence = new DataView(b.buffer, b.byteOffset + at, 8).getUint32(4);
    const flags = b[at + 2]!;
    return { kind: "mac-mobility", sticky: (flags & 1) === 1, sequence, otherFlags: flags & 0xfe, reserved: b[at + 3]! };
  },
  encode(c: MacMobilityCommunity): Uint8Array<ArrayBuffer> {
    const out = Uint8Array.of(0x06, 0x00, c.otherFlags | (c.sticky ? 1 : 0), c.reserved, 0, 0, 0, 0);
    new DataView(out.buffer).setUint32(4, c.sequence);
    return out;
  },
  format(c: MacMobilityCommunity): string {
    return c.sticky ? `MM:${c.sequence}, sticky MAC` : `MM:${c.sequence}`;
  },
};
