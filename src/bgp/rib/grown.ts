// SPDX-License-Identifier: Apache-2.0
/** A column twice as long (or more) with the same start; the old memory is given back now instead of at the next collection. */
export function grown(column: Int32Array<ArrayBuffer>, atLeast: number): Int32Array<ArrayBuffer> {
  const next = new Int32Array(Math.max(column.length * 2, atLeast));
  next.set(column);
  column.buffer.transfer(0);
  return next;
}
