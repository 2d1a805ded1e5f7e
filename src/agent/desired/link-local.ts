// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipFromBytes } from "../../base/net/ip.ts";
import { type Mac, macToBytes } from "../../base/net/mac.ts";

/** RFC 4291 appendix A: modified EUI-64. */
export function linkLocalOf(mac: Mac): Ip {
  const [a, b, c, d, e, f] = macToBytes(mac) as Uint8Array & [number, number, number, number, number, number];
  return ipFromBytes(Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, a ^ 2, b, c, 0xff, 0xfe, d, e, f));
}
