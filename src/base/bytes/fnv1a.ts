// SPDX-License-Identifier: Apache-2.0

/** FNV-1a of a text's octets in UTF-8, 32 bits: the same on every host and in every run. */
export function fnv1a(text: string): number {
  let hash = 0x81_1c_9d_c5;
  for (const octet of Buffer.from(text)) hash = Math.imul(hash ^ octet, 0x01_00_01_93) >>> 0;
  return hash;
}
