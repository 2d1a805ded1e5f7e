// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipToBytes } from "../../base/net/ip.ts";
import { type Mac, macToBytes } from "../../base/net/mac.ts";
import type { Prefix } from "../../base/net/prefix.ts";
import { type Rd, rdToBytes } from "../../base/net/rd.ts";
import { headerWord, keyWord } from "./record.ts";

/**
 * What the key of a route must be like, held against the words of its record: a look for one MAC passes a million routes
 * without putting one of them together. See `evpn-key.ts` for what stands where in a key.
 */
export interface KeyPattern {
  /** NLRI type; undefined: any that begins with an RD. */
  readonly type: number | undefined;
  /** Octets of the key; undefined: any number that reaches. */
  readonly keyLength: number | undefined;
  readonly words: readonly MaskedWord[];
  /** Type 5: the prefix in the key must hold this address. */
  readonly inside?: Uint8Array;
}

/** Word `index` of a key, in memory order, has these bits. */
interface MaskedWord {
  readonly index: number;
  readonly mask: number;
  readonly value: number;
}

const macIpRoute = 2;
const multicastRoute = 3;
const segmentRoute = 4;
const prefixRoute = 5;
/** Route types whose value begins with an RD: RFC 7432 §7, RFC 9136, RFC 9251, RFC 9572. */
const lastTypeWithRd = 11;
/** Where things stand in keys, in octets. */
const macAt = 13;
const macIpAt = 19;
const originatorAt = 12;
const segmentOriginatorAt = 18;
const prefixLengthAt = 12;
const prefixAt = 13;
const prefixKey4 = 17;
const prefixKey6 = 29;

export function macKey(mac: Mac): KeyPattern {
  return pattern(macIpRoute, undefined, macAt, macToBytes(mac));
}

export function rdKey(rd: Rd): KeyPattern {
  return pattern(undefined, undefined, 0, rdToBytes(rd));
}

/** Routes of the host with this address, those that a VTEP with it originates, and prefixes that hold it. */
export function addressKeys(ip: Ip): readonly KeyPattern[] {
  const address = ipToBytes(ip);
  const withLength = Uint8Array.from([address.length * 8, ...address]);
  return [
    pattern(macIpRoute, macIpAt + withLength.length, macIpAt, withLength),
    pattern(multicastRoute, originatorAt + withLength.length, originatorAt, withLength),
    pattern(segmentRoute, segmentOriginatorAt + withLength.length, segmentOriginatorAt, withLength),
    { type: prefixRoute, keyLength: prefixAt + address.length, words: [], inside: address },
  ];
}

/** Routes of type 5 to exactly this prefix. */
export function prefixKey({ ip, length }: Prefix): KeyPattern {
  const address = ipToBytes(ip);
  return pattern(prefixRoute, prefixAt + address.length, prefixLengthAt, Uint8Array.from([length, ...address]));
}

function pattern(type: number | undefined, keyLength: number | undefined, at: number, octets: Uint8Array): KeyPattern {
  const words = new Map<number, { mask: number; value: number }>();
  for (const [i, octet] of octets.entries()) {
    const shift = ((at + i) & 3) * 8;
    const index = (at + i) >>> 2;
    const word = words.get(index) ?? { mask: 0, value: 0 };
    words.set(index, { mask: word.mask | (255 << shift), value: word.value | (octet << shift) });
  }
  return { type, keyLength, words: [...words].map(([index, word]) => ({ index, ...word })) };
}

/** Whether the record at `page[at]` is like one pattern of each list. */
export function matchesKey(lists: readonly (readonly KeyPattern[])[], page: Int32Array, at: number): boolean {
  for (const patterns of lists) if (!matchesAny(patterns, page, at)) return false;
  return true;
}

function matchesAny(patterns: readonly KeyPattern[], page: Int32Array, at: number): boolean {
  for (const p of patterns) if (matches(p, page, at)) return true;
  return false;
}

function matches(p: KeyPattern, page: Int32Array, at: number): boolean {
  const header = page[at + headerWord]!;
  const type = header & 255;
  if (p.type === undefined ? type === 0 || type > lastTypeWithRd : type !== p.type) return false;
  const keyLength = header >>> 24;
  if (p.keyLength !== undefined && keyLength !== p.keyLength) return false;
  const words = (header >>> 8) & 255;
  for (const { index, mask, value } of p.words) if (index >= words || (page[at + keyWord + index]! & mask) !== value) return false;
  return p.inside === undefined || holds(p.inside, page, at, keyLength);
}

function holds(address: Uint8Array, page: Int32Array, at: number, keyLength: number): boolean {
  if (keyLength !== prefixKey4 && keyLength !== prefixKey6) return false;
  const bits = keyOctet(page, at, prefixLengthAt);
  for (let i = 0; i * 8 < bits; i++) {
    const mask = bits - i * 8 >= 8 ? 255 : (0xff00 >> (bits - i * 8)) & 255;
    if ((keyOctet(page, at, prefixAt + i) & mask) !== (address[i]! & mask)) return false;
  }
  return true;
}

function keyOctet(page: Int32Array, at: number, i: number): number {
  return (page[at + keyWord + (i >>> 2)]! >>> ((i & 3) * 8)) & 255;
}
