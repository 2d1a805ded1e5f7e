// SPDX-License-Identifier: Apache-2.0
import { ipToBytes } from "../net/ip.ts";
import { macToBytes, parseMac } from "../net/mac.ts";
import { parsePrefix } from "../net/prefix.ts";
import type { OctetPattern } from "./octet-pattern.ts";

/** Prefixes inside another one, of lengths from `least` to `most`. */
export interface PrefixPattern {
  /** 4 or 16 octets. */
  readonly address: OctetPattern;
  readonly least: number;
  readonly most: number;
}

/**
 * `10.0.0.0/8`: it and everything inside; `10.0.0.0/8 exact`: only itself; `10.0.0.0/8 ge 16 le 24`: inside, of these lengths,
 * as in prefix lists of FRR. An address without a length is that address.
 */
export function parsePrefixPattern(text: string): PrefixPattern | undefined {
  const m = /^(\S+?)(?:\s+(exact))?(?:\s+ge\s+(\d{1,3}))?(?:\s+le\s+(\d{1,3}))?$/.exec(text.trim());
  const prefix = m && parsePrefix(m[1]!);
  if (!m || !prefix || (m[2] && (m[3] ?? m[4]))) return undefined;
  const octets = ipToBytes(prefix.ip);
  const longest = octets.length * 8;
  const least = m[3] === undefined ? prefix.length : Number(m[3]);
  const most = m[2] ? prefix.length : m[4] === undefined ? longest : Number(m[4]);
  if (least < prefix.length || least > most || most > longest) return undefined;
  return { address: { value: octets, mask: leadingBits(octets.length, prefix.length) }, least, most };
}

/** `02:00:00:00:01:0a`, or with the number of leading bits that count: `02:00:00:00:00:00/24`. */
export function parseMacPattern(text: string): OctetPattern | undefined {
  const [address, bits, ...more] = text.split("/");
  const mac = parseMac(address!);
  if (!mac || more.length > 0 || (bits !== undefined && (!/^\d{1,2}$/.test(bits) || Number(bits) > 48))) return undefined;
  return { value: macToBytes(mac), mask: leadingBits(6, bits === undefined ? 48 : Number(bits)) };
}

function leadingBits(octets: number, bits: number): Uint8Array {
  return Uint8Array.from({ length: octets }, (_, i) => (0xff00 >> Math.min(8, Math.max(0, bits - i * 8))) & 255);
}
