// SPDX-License-Identifier: Apache-2.0
import type { LabelField } from "../nlri/label.ts";
import type { ExtendedCommunityCodec } from "./codec.ts";

/**
 * ESI label — RFC 7432 §7.5.
 *
 *   0x06 | 0x01 | flags 1 (lowest bit: single-active) | reserved 2 | label 3
 */
export interface EsiLabelCommunity {
  readonly kind: "esi-label";
  readonly singleActive: boolean;
  readonly label: LabelField;
  readonly otherFlags: number;
  readonly reserved: number;
}

export const esiLabel: ExtendedCommunityCodec<EsiLabelCommunity> = {
  codes: [0x0601],
  decode(b: Uint8Array, at: number): EsiLabelCommunity {
    const v = new DataView(b.buffer, b.byteOffset + at, 8);
    const flags = v.getUint8(2);
    return {
      kind: "esi-label",
      singleActive: (flags & 1) === 1,
      label: v.getUint32(4) & 0xffffff,
      otherFlags: flags & 0xfe,
      reserved: v.getUint16(3),
    };
  },
  encode(c: EsiLabelCommunity): Uint8Array<ArrayBuffer> {
    const out = Uint8Array.of(0x06, 0x01, c.otherFlags | (c.singleActive ? 1 : 0), 0, 0, 0, 0, 0);
    const v = new DataView(out.buffer);
    v.setUint32(4, c.label);
    v.setUint16(3, c.reserved);
    return out;
  },
  format(c: EsiLabelCommunity): string {
    return `ESI-label-Rt:${c.singleActive ? "SA" : "AA"}:${c.label}`;
  },
};
