// SPDX-License-Identifier: Apache-2.0

/** Whole numbers from `from` to `to`, both included. */
export interface NumberRange {
  readonly from: number;
  readonly to: number;
}

/** `100` or `100-199`, at most `largest`. */
export function parseNumberRange(text: string, largest: number): NumberRange | undefined {
  const m = /^(\d{1,10})(?:\s*-\s*(\d{1,10}))?$/.exec(text);
  if (!m) return undefined;
  const from = Number(m[1]);
  const to = m[2] === undefined ? from : Number(m[2]);
  return from <= to && to <= largest ? { from, to } : undefined;
}

export function inRanges(ranges: readonly NumberRange[], n: number): boolean {
  return ranges.some((r) => n >= r.from && n <= r.to);
}
