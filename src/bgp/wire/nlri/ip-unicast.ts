// SPDX-License-Identifier: Apache-2.0
import { toHex } from "../../../base/bytes/hex.ts";
import type { Reader } from "../../../base/bytes/reader.ts";
import type { Writer } from "../../../base/bytes/writer.ts";
import { ipFromBytes, ipToBytes } from "../../../base/net/ip.ts";
import type { Prefix } from "../../../base/net/prefix.ts";

/**
 * A unicast prefix of IPv4 or IPv6 — RFC 4271 §4.3, RFC 4760 §5.
 *
 *   bits 1 | prefix 0–4 or 0–16, as many octets as the bits need
 */
export interface UnicastRoute {
  readonly kind: "unicast";
  /** As sent: bits beyond the length are irrelevant and kept. */
  readonly prefix: Prefix;
  /** RFC 7911. */
  readonly pathId?: number;
}

/** Octets of the NLRI at `offset`, or what is wrong with it. @param most 32 or 128 */
export function unicastLength(b: Uint8Array, offset: number, end: number, most: number): number | string {
  if (offset >= end) return "prefix cut off before its length";
  const bits = b[offset]!;
  if (bits > most) return `prefix length ${bits}, must be at most ${most}`;
  const length = 1 + ((bits + 7) >> 3);
  return offset + length <= end ? length : `prefix of ${bits} bits runs past the end by ${offset + length - end}`;
}

export function decodeUnicast(r: Reader, most: number): UnicastRoute {
  const bits = r.u8();
  return { kind: "unicast", prefix: readPrefix(r, bits, most) };
}

export function encodeUnicast(route: UnicastRoute, w: Writer): void {
  w.u8(route.prefix.length);
  writePrefix(route.prefix, w);
}

export function unicastKey(b: Uint8Array, offset: number): string {
  return prefixKey(b, offset + 1, b[offset]!);
}

/** Length and octets in hex; bits beyond the length are irrelevant (RFC 4271 §4.3) and cleared. */
export function prefixKey(b: Uint8Array, at: number, bits: number): string {
  const octets = (bits + 7) >> 3;
  const key = Uint8Array.of(bits, ...b.subarray(at, at + octets));
  if (bits % 8 !== 0) key[octets] = key[octets]! & (0xff00 >> (bits % 8));
  return toHex(key);
}

/** Reads the octets that `bits` need and fills the address up with zeros. */
export function readPrefix(r: Reader, bits: number, most: number): Prefix {
  const octets = new Uint8Array(most >> 3);
  octets.set(r.take((bits + 7) >> 3));
  return { ip: ipFromBytes(octets), length: bits };
}

export function writePrefix(prefix: Prefix, w: Writer): void {
  w.put(ipToBytes(prefix.ip).subarray(0, (prefix.length + 7) >> 3));
}
