// SPDX-License-Identifier: Apache-2.0
import type { ExtendedCommunityCodec } from "./codec.ts";
/**
 * Color — RFC 9012 §4.3.
 *
 *   0x03 | 0x0b | flags 2 | color 4
 */
export interface ColorCommunity {
  readonly kind: "color";
  readonly color: number;
  readonly flags: number;
}

export const color: ExtendedCommunityCodec<ColorCommunity> = {
  codes: [0x030b],
  decode(b: Uint8Array, at: number): ColorCommunity {
    const v = new DataView(b.buffer, b.byteOffset + at, 8);
    return { kind: "color", color: v.getUint32(4), flags: v.getUint16(2) };
  },
  encode(c: ColorCommunity): Uint8Array<ArrayBuffer> {
    const out = Uint8Array.of(0x03, 0x0b, 0, 0, 0, 0, 0, 0);
    const v = new DataView(out.buffer);
    v.setUint16(2, c.flags);
    v.setUint32(4, c.color);
    return out;
  },
  format(c: ColorCommunity): string {
    return `Color:${c.flags}:${c.color}`;
  },
};
