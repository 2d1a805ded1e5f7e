// SPDX-License-Identifier: Apache-2.0
/** Repeatable random integers in [0, n). */
export type Random = (n: number) => number;

export function randomFrom(seed: number): Random {
  let state = seed >>> 0 || 1;
  return (n) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor(((state >>> 8) / 16777216) * n);
  };
}
