// SPDX-License-Identifier: Apache-2.0
/** `[from, to)`: octets of a buffer. */
export type OctetRange = readonly [number, number];
