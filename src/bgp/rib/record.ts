// SPDX-License-Identifier: Apache-2.0
/**
 * Layout of a route in the record table, in 32-bit words:
 *
 *     0 hash | 1 attributes of the best path, 0 none | 2 rest of its NLRI | 3 first of the other paths | 4 header | 5… key
 *
 * Header: NLRI type (bits 0–7), key length in words (8–15), flags (16–23), key length in octets (24–31).
 * The key is stored in memory order, padded with zeros to a whole word. Records start at even words.
 */
export const hashWord = 0;
export const attributesWord = 1;
export const restWord = 2;
export const othersWord = 3;
export const headerWord = 4;
export const keyWord = 5;

/** On the list of changes that the next flush sends. */
export const changedFlag = 1 << 16;
/** Told apart from a free record of the same size. */
export const usedFlag = 1 << 17;

/** What of the header has to be equal for two keys to be. */
export const identityMask = ~(0x00ff0000 & ~usedFlag);

/** Name of a record: its first word's position in the table; 0 is none. Stable while the record is in use. */
export type RecordId = number;

export function headerFor(type: number, keyLength: number): number {
  return type | (((keyLength + 3) >>> 2) << 8) | usedFlag | (keyLength << 24);
}

/** Words of a record including the padding that keeps the next one at an even word. */
export function recordWords(header: number): number {
  return (keyWord + ((header >>> 8) & 255) + 1) & ~1;
}
