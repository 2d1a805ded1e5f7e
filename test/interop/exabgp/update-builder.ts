// SPDX-License-Identifier: Apache-2.0
/** UPDATEs put together octet by octet, so that any part of them can be wrong. */
import { fromHex } from "../../../src/base/bytes/hex.ts";
import { messageType } from "../../../src/bgp/wire/frame.ts";
import { rawMessage } from "../../harness/raw-peer.ts";

/** Octets in hex, blanks ignored. */
export function hex(text: string): Uint8Array {
  const octets = fromHex(text);
  if (octets === undefined) throw new RangeError(`no hex: ${text}`);
  return octets;
}

/** `flags type length value`, the length as one octet or, where the flags ask for it (0x10), as two. */
export function attribute(flags: number, type: number, value: string | Uint8Array, length?: number): Uint8Array {
  const octets = typeof value === "string" ? hex(value) : value;
  const n = length ?? octets.length;
  return Uint8Array.from([flags, type, ...((flags & 0x10) === 0 ? [n] : [n >> 8, n & 255]), ...octets]);
}

/** MAC-only type-2 route 02:00:00:00:xx:xx of RD 10.0.0.1:100 and VNI 100 — RFC 7432 §7.2. */
export function macNlri(n: number): string {
  return `02 21 00010a0000010064 00000000000000000000 00000000 30 02000000${n.toString(16).padStart(4, "0")} 00 000064`;
}

export function mpReach(nlri: string, nextHop = "0a000001"): Uint8Array {
  return attribute(0x90, 14, `0019 46 ${(nextHop.length / 2).toString(16).padStart(2, "0")} ${nextHop} 00 ${nlri}`);
}

export function mpUnreach(nlri: string): Uint8Array {
  return attribute(0x90, 15, `0019 46 ${nlri}`);
}

export const origin = attribute(0x40, 1, "00");
export const emptyPath = attribute(0x40, 2, "");
export const externalPath = attribute(0x40, 2, "02 01 0000fde9");
export const localPref = attribute(0x40, 5, "00000064");
/** RT:65000:100. */
export const routeTarget = attribute(0xc0, 16, "0002fde800000064");

/** A whole message of these attributes. */
export function update(...attributes: readonly Uint8Array[]): Uint8Array {
  const block = Buffer.concat(attributes);
  return rawMessage(messageType.update, [0, 0, block.length >> 8, block.length & 255, ...block]);
}

/** A sound announcement from within the AS, with more attributes at its end. */
export function announce(nlri: string, ...more: readonly Uint8Array[]): Uint8Array {
  return update(mpReach(nlri), origin, emptyPath, localPref, routeTarget, ...more);
}

/** From AS 65001. */
export function announceExternally(nlri: string, ...more: readonly Uint8Array[]): Uint8Array {
  return update(mpReach(nlri), origin, externalPath, routeTarget, ...more);
}
