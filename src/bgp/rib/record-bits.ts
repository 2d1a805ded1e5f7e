// SPDX-License-Identifier: Apache-2.0
import type { RecordId } from "./record.ts";

/** Bits per block; blocks appear as records in their range are added. */
const blockBits = 16;
const blockWords = 1 << (blockBits - 5);

/** A set of records: one bit for every two words of the record table, of the parts where there is any. */
export class RecordBits {
  readonly #blocks: (Int32Array | undefined)[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(id: RecordId): boolean {
    const bit = id >>> 1;
    const block = this.#blocks[bit >>> blockBits];
    return block !== undefined && (block[(bit >>> 5) & (blockWords - 1)]! & (1 << (bit & 31))) !== 0;
  }

  add(id: RecordId): void {
    const bit = id >>> 1;
    const block = (this.#blocks[bit >>> blockBits] ??= new Int32Array(blockWords));
    const word = (bit >>> 5) & (blockWords - 1);
    const mask = 1 << (bit & 31);
    if ((block[word]! & mask) !== 0) return;
    block[word]! |= mask;
    this.#size++;
  }

  /** Takes up to `out.length` records out of the set, lowest first. @returns how many */
  take(out: Int32Array): number {
    let n = 0;
    for (let b = 0; b < this.#blocks.length && n < out.length; b++) {
      const block = this.#blocks[b];
      if (block === undefined) continue;
      let w = 0;
      for (; w < blockWords && n < out.length; w++) {
        let word = block[w]!;
        while (word !== 0 && n < out.length) {
          const low = 31 - Math.clz32(word & -word);
          out[n++] = ((b << blockBits) | (w << 5) | low) << 1;
          word &= word - 1;
        }
        block[w] = word;
      }
      if (w === blockWords && block[w - 1] === 0) this.#blocks[b] = undefined;
    }
    this.#size -= n;
    return n;
  }
}
