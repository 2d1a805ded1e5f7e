// SPDX-License-Identifier: Apache-2.0
/** One step of a multiply-xorshift hash over 32-bit words. Good enough with a secret seed: what peers send must not choose its bucket. */
export function mix(hash: number, word: number): number {
  const h = Math.imul(hash ^ word, 0x9e3779b1);
  return h ^ (h >>> 15);
}
