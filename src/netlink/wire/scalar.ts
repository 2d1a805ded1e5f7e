// SPDX-License-Identifier: Apache-2.0
/**
 * Numbers at an offset, in host byte order unless the name says otherwise. Host order is little-endian on every
 * architecture that Weft ships for (x64, arm64). Callers have checked the bounds.
 */

export function u16At(b: Uint8Array, at: number): number {
  return b[at]! | (b[at + 1]! << 8);
}

export function u32At(b: Uint8Array, at: number): number {
  return (b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24)) >>> 0;
}

export function i32At(b: Uint8Array, at: number): number {
  return b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24);
}

export function be16At(b: Uint8Array, at: number): number {
  return (b[at]! << 8) | b[at + 1]!;
}
