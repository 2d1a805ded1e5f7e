// SPDX-License-Identifier: Apache-2.0
import { toHex } from "../../../base/bytes/hex.ts";
import { Reader } from "../../../base/bytes/reader.ts";
import type { Writer } from "../../../base/bytes/writer.ts";
import type { Prefix } from "../../../base/net/prefix.ts";
import { type Rd, rdFromBytes, rdToBytes } from "../../../base/net/rd.ts";
import { prefixKey, readPrefix, writePrefix } from "./ip-unicast.ts";
import { type LabelField, isBottomOfStack, withdrawnLabel } from "./label.ts";

/**
 * A labelled VPN prefix — RFC 4364 §4.3.4, RFC 8277 §2. The stack ends at the label with the bottom bit; in a withdrawal
 * it may be the single label 0x800000 (or, from old speakers, 0x000000) instead.
 *
 *   bits 1 (of all that follows) | labels 3 each | RD 8 | prefix
 */
export interface VpnRoute {
  readonly kind: "vpn";
  readonly labels: readonly LabelField[];
  readonly rd: Rd;
  readonly prefix: Prefix;
  /** RFC 7911. */
  readonly pathId?: number;
}

/** Octets of the NLRI at `offset`, or what is wrong with it. @param most 32 or 128 */
export function vpnLength(b: Uint8Array, offset: number, end: number, most: number): number | string {
  if (offset >= end) return "VPN prefix cut off before its length";
  const bits = b[offset]!;
  const length = 1 + ((bits + 7) >> 3);
  if (offset + length > end) return `VPN prefix of ${bits} bits runs past the end by ${offset + length - end}`;
  const stack = labelOctets(b, offset + 1, offset + length);
  if (stack === undefined) return "label stack without a bottom";
  const rest = bits - stack * 8 - 64;
  if (rest < 0) return `${bits} bits leave no room for ${stack / 3} labels and a route distinguisher`;
  return rest <= most ? length : `prefix length ${rest}, must be at most ${most}`;
}

/** Octets of the label stack at `at`; undefined when it does not end before `end`. */
function labelOctets(b: Uint8Array, at: number, end: number): number | undefined {
  for (let i = at; i + 3 <= end; i += 3) {
    const field = (b[i]! << 16) | (b[i + 1]! << 8) | b[i + 2]!;
    if (isBottomOfStack(field) || (i === at && (field === withdrawnLabel || field === 0))) return i + 3 - at;
  }
  return undefined;
}

export function decodeVpn(b: Uint8Array, offset: number, end: number, most: number): VpnRoute {
  const r = new Reader(b, offset, end);
  const bits = r.u8();
  const stack = labelOctets(b, offset + 1, end)!;
  const labels: LabelField[] = [];
  while (labels.length * 3 < stack) labels.push(r.u24());
  const rd = rdFromBytes(r.take(8));
  return { kind: "vpn", labels, rd, prefix: readPrefix(r, bits - stack * 8 - 64, most) };
}

export function encodeVpn(route: VpnRoute, w: Writer): void {
  w.u8(route.labels.length * 24 + 64 + route.prefix.length);
  for (const label of route.labels) w.u24(label);
  w.put(rdToBytes(route.rd));
  writePrefix(route.prefix, w);
}

/** The RD and the prefix in hex; the labels, and so the octet of all bits, are not part of the key — RFC 8277 §2.4. */
export function vpnKey(b: Uint8Array, offset: number, end: number): string {
  const stack = labelOctets(b, offset + 1, end)!;
  const rd = offset + 1 + stack;
  return toHex(b.subarray(rd, rd + 8)) + prefixKey(b, rd + 8, b[offset]! - stack * 8 - 64);
}
