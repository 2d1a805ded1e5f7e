// SPDX-License-Identifier: Apache-2.0
import { toHex } from "../../../base/bytes/hex.ts";
import type { Reaction } from "../fault.ts";
import { optionalNonTransitive, optionalTransitive } from "./flags.ts";

/** An attribute whose value we carry without reading it: unknown ones, and those in {@link rawAttributeTable}. */
export interface RawAttribute {
  readonly kind: "raw";
  readonly flags: number;
  readonly code: number;
  readonly value: Uint8Array;
}

interface RawAttributeRow {
  readonly code: number;
  readonly name: string;
  readonly flags: number;
  readonly whenMalformed: Reaction;
  /** What is wrong with a value of this many octets. */
  check(length: number): string | undefined;
}

const anyLength = (): undefined => undefined;

/** Attributes that we know by name and by the length of their value only. */
export const rawAttributeTable: readonly RawAttributeRow[] = [
  { code: 23, name: "TUNNEL_ENCAPSULATION", flags: optionalTransitive, whenMalformed: "withdraw", check: anyLength },
  {
    code: 25,
    name: "IPV6 EXTENDED COMMUNITIES",
    flags: optionalTransitive,
    whenMalformed: "withdraw",
    check: (n) => (n > 0 && n % 20 === 0 ? undefined : `length ${n}, must be a non-zero multiple of 20`),
  },
  {
    code: 26,
    name: "AIGP",
    flags: optionalNonTransitive,
    whenMalformed: "discard",
    check: (n) => (n >= 3 ? undefined : `length ${n}, must be at least 3`),
  },
  {
    code: 35,
    name: "OTC",
    flags: optionalTransitive,
    whenMalformed: "withdraw",
    check: (n) => (n === 4 ? undefined : `length ${n}, must be 4`),
  },
  {
    code: 128,
    name: "ATTR_SET",
    flags: optionalTransitive,
    whenMalformed: "withdraw",
    check: (n) => (n >= 4 ? undefined : `length ${n}, must be at least 4`),
  },
];

export function formatRawAttribute(a: RawAttribute): string {
  return `0x${toHex(a.value)}`;
}
