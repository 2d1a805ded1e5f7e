// SPDX-License-Identifier: Apache-2.0
import { fromHex, toHex } from "../../../base/bytes/hex.ts";
import type { ExtendedCommunityCodec } from "./codec.ts";

/**
 * ARP/ND: what a proxy must say of the neighbour of a type-2 route — RFC 9047 §2.
 *
 *   0x06 | 0x08 | flags 1 (0x01 router, 0x02 override, 0x04 immutable) | reserved 5
 */
export interface NeighbourFlagsCommunity {
  readonly kind: "neighbour-flags";
  readonly router: boolean;
  readonly override: boolean;
  readonly immutable: boolean;
  readonly otherFlags: number;
  /** Five octets in hex; zero from a well-behaved sender. */
  readonly reserved: string;
}

export const neighbourFlags: ExtendedCommunityCodec<NeighbourFlagsCommunity> = {
  codes: [0x0608],
  decode(b: Uint8Array, at: number): NeighbourFlagsCommunity {
    const flags = b[at + 2]!;
    return {
      kind: "neighbour-flags",
      router: (flags & 1) !== 0,
      override: (flags & 2) !== 0,
      immutable: (flags & 4) !== 0,
      otherFlags: flags & 0xf8,
      reserved: toHex(b.subarray(at + 3, at + 8)),
    };
  },
  encode(c: NeighbourFlagsCommunity): Uint8Array<ArrayBuffer> {
    const flags = c.otherFlags | (c.router ? 1 : 0) | (c.override ? 2 : 0) | (c.immutable ? 4 : 0);
    const out = Uint8Array.of(0x06, 0x08, flags, 0, 0, 0, 0, 0);
    out.set(fromHex(c.reserved)!, 3);
    return out;
  },
  format(c: NeighbourFlagsCommunity): string {
    const set = [c.router && "router", c.override && "override", c.immutable && "immutable"].filter(Boolean);
    return `ND:${set.length > 0 ? set.join(",") : "none"}`;
  },
};
