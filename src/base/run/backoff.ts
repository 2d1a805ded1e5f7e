// SPDX-License-Identifier: Apache-2.0
/** Delay before attempt `n` (0-based): `first` doubled each time up to `most`, all in ms; `jitter` in 0…1 takes up to a quarter off. */
export function backoffDelay(n: number, first: number, most: number, jitter = 0): number {
  return Math.min(most, first * 2 ** Math.min(n, 30)) * (1 - jitter / 4);
}
