// SPDX-License-Identifier: Apache-2.0

/** Octets of which only the bits in `mask` count; both have the same length. */
export interface OctetPattern {
  readonly value: Uint8Array;
  readonly mask: Uint8Array;
}

/** Whether the octets at `bytes[at]` are like the pattern; the caller knows that there are enough of them. */
export function matchesOctets({ value, mask }: OctetPattern, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < value.length; i++) if (((bytes[at + i]! ^ value[i]!) & mask[i]!) !== 0) return false;
  return true;
}

export function matchesAnyOctets(patterns: readonly OctetPattern[], bytes: Uint8Array, at: number): boolean {
  for (const p of patterns) if (matchesOctets(p, bytes, at)) return true;
  return false;
}

/** A field of a pattern in text: undefined stands for `*`. */
export interface PatternField {
  readonly octets: number;
  readonly value: number | undefined;
}

/** The fields one after the other, each a big-endian number; those without a value do not count. */
export function patternOf(fields: readonly PatternField[]): OctetPattern {
  const length = fields.reduce((n, f) => n + f.octets, 0);
  const value = new Uint8Array(length);
  const mask = new Uint8Array(length);
  let at = 0;
  for (const field of fields) {
    for (let i = 0; i < field.octets; i++) {
      if (field.value === undefined) continue;
      value[at + i] = Math.floor(field.value / 256 ** (field.octets - 1 - i)) & 255;
      mask[at + i] = 255;
    }
    at += field.octets;
  }
  return { value, mask };
}

/** A decimal number up to `largest`, `any` for `*`, undefined when it is neither. */
export function numberOrAny(text: string, largest: number): number | "any" | undefined {
  if (text === "*") return "any";
  return /^(0|[1-9]\d{0,9})$/.test(text) && Number(text) <= largest ? Number(text) : undefined;
}

export function fieldOf(octets: number, value: number | "any"): PatternField {
  return { octets, value: value === "any" ? undefined : value };
}
