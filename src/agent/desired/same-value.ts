// SPDX-License-Identifier: Apache-2.0

/** Deep equality of plain values. A property that is undefined equals one that is absent. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  for (const key in right) if (!sameValue(left[key], right[key])) return false;
  for (const key in left) if (left[key] !== undefined && right[key] === undefined) return false;
  return true;
}
