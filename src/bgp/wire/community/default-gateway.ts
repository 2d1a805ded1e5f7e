// SPDX-License-Identifier: Apache-2.0
import { fromHex, toHex } from "../../../base/bytes/hex.ts";
import type { ExtendedCommunityCodec } from "./codec.ts";

/** Default gateway: this MAC belongs to a gateway — RFC 7432 §7.8. Its six octets carry nothing. */
export interface DefaultGatewayCommunity {
  readonly kind: "default-gateway";
  /** Six octets in hex; zero from a well-behaved sender. */
  readonly reserved: string;
}

export const defaultGateway: ExtendedCommunityCodec<DefaultGatewayCommunity> = {
  codes: [0x030d],
  decode(b: Uint8Array, at: number): DefaultGatewayCommunity {
    return { kind: "default-gateway", reserved: toHex(b.subarray(at + 2, at + 8)) };
  },
  encode(c: DefaultGatewayCommunity): Uint8Array<ArrayBuffer> {
    const out = Uint8Array.of(0x03, 0x0d, 0, 0, 0, 0, 0, 0);
    out.set(fromHex(c.reserved)!, 2);
    return out;
  },
  format(_c: DefaultGatewayCommunity): string {
    return "Default Gateway";
  },
};
