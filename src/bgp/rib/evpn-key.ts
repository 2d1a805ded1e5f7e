// SPDX-License-Identifier: Apache-2.0
/**
 * Which octets of an EVPN NLRI are its key, so that an update replaces and a withdrawal finds the right route whatever
 * the rest says. Every NLRI is four runs `key | rest | key | rest` after type and length; some are empty.
 */
export interface KeyLayout {
  /** Octets of the first run: key. */
  readonly head: number;
  /** Octets of the second run: not key. */
  readonly gap: number;
  /** Octets of the third run: key. What follows is not. */
  readonly tail: number;
}

/** Octets outside the key of the usual form of a route; with those all zero but the last three, one integer stands for them. */
export function plainRestLength(type: number, keyLength: number): number {
  switch (type) {
    case 1:
      return 3;
    case 2:
      return 13;
    case 5:
      return keyLength === 17 ? 17 : 29;
    case 6:
    case 7:
      return 1;
    case 8:
      return 6;
    default:
      return 0;
  }
}

const all = (length: number): KeyLayout => ({ head: length, gap: 0, tail: 0 });
const ipOctets = (bits: number): boolean => bits === 0 || bits === 32 || bits === 128;

/** `| length of source | source | length of group | group | length of originator | originator |` from `at`; where it ends, or -1. */
function afterThreeAddresses(bytes: Uint8Array, at: number, end: number): number {
  let o = at;
  for (let i = 0; i < 3; i++) {
    if (o >= end || !ipOctets(bytes[o]!)) return -1;
    o += 1 + (bytes[o]! >>> 3);
  }
  return o <= end ? o : -1;
}

/** Everything but the last `after` octets is key, when the addresses in it add up. */
function multicast(bytes: Uint8Array, at: number, length: number, fixed: number, after: number): KeyLayout | undefined {
  if (length < fixed) return undefined;
  const end = afterThreeAddresses(bytes, at + fixed, at + length);
  return end === at + length - after ? { head: length - after, gap: 0, tail: 0 } : undefined;
}

/**
 * Key of the value at `bytes[at, at + length)` — RFC 7432 §7.1–7.4, RFC 9136 §3.1, RFC 9251 §9.1–9.3. A type that we do
 * not know is all key: it is carried as it stands.
 * @returns undefined when lengths inside do not add up
 */
export function evpnKeyLayout(type: number, bytes: Uint8Array, at: number, length: number): KeyLayout | undefined {
  switch (type) {
    case 1: // RD 8, ESI 10, tag 4 | label 3
      return length === 25 ? { head: 22, gap: 0, tail: 0 } : undefined;
    case 2: {
      // RD 8 | ESI 10 | tag 4, 48, MAC 6, length, IP | labels
      if (length < 33 || bytes[at + 22] !== 48 || !ipOctets(bytes[at + 29]!)) return undefined;
      const ip = bytes[at + 29]! >>> 3;
      return length === 33 + ip || length === 36 + ip ? { head: 8, gap: 10, tail: 12 + ip } : undefined;
    }
    case 3: // RD 8, tag 4, length, IP
      return (length === 17 && bytes[at + 12] === 32) || (length === 29 && bytes[at + 12] === 128) ? all(length) : undefined;
    case 4: // RD 8, ESI 10, length, IP
      return (length === 23 && bytes[at + 18] === 32) || (length === 35 && bytes[at + 18] === 128) ? all(length) : undefined;
    case 5: {
      // RD 8 | ESI 10 | tag 4, prefix length, prefix | gateway, label
      const ip = length === 34 ? 4 : length === 58 ? 16 : 0;
      return ip > 0 && bytes[at + 22]! <= ip * 8 ? { head: 8, gap: 10, tail: 5 + ip } : undefined;
    }
    case 6: // RD 8, tag 4, addresses | flags
      return multicast(bytes, at, length, 12, 1);
    case 7: // RD 8, ESI 10, tag 4, addresses | flags
      return multicast(bytes, at, length, 22, 1);
    case 8: // RD 8, ESI 10, tag 4, addresses | reserved 4, maximum response time, flags
      return multicast(bytes, at, length, 22, 6);
    default:
      return all(length);
  }
}
