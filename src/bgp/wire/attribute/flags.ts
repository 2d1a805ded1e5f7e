// SPDX-License-Identifier: Apache-2.0
/** Bits of the attribute flags octet — RFC 4271 §4.3. The lower four are unused, must be zero and are kept. */
export const optionalFlag = 0x80;
export const transitiveFlag = 0x40;
export const partialFlag = 0x20;
export const extendedLengthFlag = 0x10;

export const wellKnown = transitiveFlag;
export const optionalTransitive = optionalFlag | transitiveFlag;
export const optionalNonTransitive = optionalFlag;
