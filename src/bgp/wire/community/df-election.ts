// SPDX-License-Identifier: Apache-2.0
import type { ExtendedCommunityCodec } from "./codec.ts";
/**
 * DF election — RFC 8584 §2.2.
 *
 *   0x06 | 0x06 | reserved 3 bits, algorithm 5 bits | capabilities bitmap 2 | reserved 3
 */
export interface DfElectionCommunity {
  readonly kind: "df-election";
  /** 0 modulo (RFC 7432), 1 highest random weight, 2 preference (RFC 9785); 31 is experimental. */
  readonly algorithm: number;
  readonly capabilities: number;
  /** Upper three bits of the algorithm's octet. */
  readonly reservedBits: number;
  readonly reserved: number;
}

const names: Readonly<Record<number, string>> = {
  0: "modulo",
  1: "highest-random-weight",
  2: "preference-highest",
  3: "preference-lowest",
};

export function dfAlgorithmName(algorithm: number): string {
  return names[algorithm] ?? `algorithm-${algorithm}`;
}

export const dfElection: ExtendedCommunityCodec<DfElectionCommunity> = {
  codes: [0x0606],
  decode(b: Uint8Array, at: number): DfElectionCommunity {
    const v = new DataView(b.buffer, b.byteOffset + at, 8);
    return {
      kind: "df-election",
      algorithm: v.getUint8(2) & 0x1f,
      capabilities: v.getUint16(3),
      reservedBits: v.getUint8(2) >> 5,
      reserved: v.getUint32(4) & 0xffffff,
    };
  },
  encode(c: DfElectionCommunity): Uint8Array<ArrayBuffer> {
    const out = Uint8Array.of(0x06, 0x06, (c.reservedBits << 5) | c.algorithm, 0, 0, 0, 0, 0);
    const v = new DataView(out.buffer);
    v.setUint32(4, c.reserved);
    v.setUint16(3, c.capabilities);
    return out;
  },
  format(c: DfElectionCommunity): string {
    return `DF: ${dfAlgorithmName(c.algorithm)}, capabilities 0x${c.capabilities.toString(16)}`;
  },
};
