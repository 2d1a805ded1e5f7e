// SPDX-License-Identifier: Apache-2.0
import { type Mac, macFromBytes, macInto } from "../../../base/net/mac.ts";
import type { ExtendedCommunityCodec } from "./codec.ts";

/** EVPN router's MAC: inner destination of routed packets with symmetric IRB — RFC 9135 §8.1. */
export interface RouterMacCommunity {
  readonly kind: "router-mac";
  readonly mac: Mac;
}

export const routerMac: ExtendedCommunityCodec<RouterMacCommunity> = {
  codes: [0x0603],
  decode(b: Uint8Array, at: number): RouterMacCommunity {
    return { kind: "router-mac", mac: macFromBytes(b, at + 2) };
  },
  encode(c: RouterMacCommunity): Uint8Array<ArrayBuffer> {
    const out = Uint8Array.of(0x06, 0x03, 0, 0, 0, 0, 0, 0);
    macInto(c.mac, out, 2);
    return out;
  },
  format(c: RouterMacCommunity): string {
    return `Rmac:${c.mac}`;
  },
};
