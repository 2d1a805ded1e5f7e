// SPDX-License-Identifier: Apache-2.0
import { attributesWord, headerWord, type RecordId, recordWords, usedFlag } from "./record.ts";

/** A record has at most 5 + 64 words. */
const largestRecord = 70;

/** Memory of the records: pages of words that are added one by one and never moved, and a free list per size. */
export class RecordSlab {
  /** Read directly by the hot path: record `id` is at `pages[id >>> pageBits]`, word `id & pageMask`. */
  readonly pages: Int32Array[] = [];
  readonly pageBits: number;
  readonly pageMask: number;
  /** Words handed out per page. */
  readonly #fill: number[] = [];
  readonly #free: RecordId[] = Array.from({ length: largestRecord + 1 }, () => 0);

  constructor(pageWords: number) {
    this.pageBits = 31 - Math.clz32(Math.max(pageWords, 256));
    this.pageMask = (1 << this.pageBits) - 1;
    this.#addPage(2);
  }

  get words(): number {
    return this.pages.length << this.pageBits;
  }

  /** A record with `header`; words other than the header hold anything. */
  allocate(header: number): RecordId {
    const words = recordWords(header);
    let id = this.#free[words]!;
    if (id !== 0) {
      this.#free[words] = this.pages[id >>> this.pageBits]![(id & this.pageMask) + attributesWord]!;
    } else {
      let last = this.pages.length - 1;
      if (this.#fill[last]! + words > this.pageMask + 1) last = this.#addPage(0);
      id = (last << this.pageBits) | this.#fill[last]!;
      this.#fill[last]! += words;
    }
    this.pages[id >>> this.pageBits]![(id & this.pageMask) + headerWord] = header;
    return id;
  }

  release(id: RecordId): void {
    const page = this.pages[id >>> this.pageBits]!;
    const at = id & this.pageMask;
    const words = recordWords(page[at + headerWord]!);
    page[at + headerWord] = page[at + headerWord]! & 0xff00;
    page[at + attributesWord] = this.#free[words]!;
    this.#free[words] = id;
  }

  /** First record in use at or after position `from`, or 0 at the end. */
  next(from: RecordId): RecordId {
    let page = from >>> this.pageBits;
    let at = from & this.pageMask;
    for (; page < this.pages.length; page++, at = 0) {
      const words = this.pages[page]!;
      const fill = this.#fill[page]!;
      if (page === 0 && at < 2) at = 2;
      for (let header = 0; at < fill; at += recordWords(header)) {
        header = words[at + headerWord]!;
        if ((header & usedFlag) !== 0) return (page << this.pageBits) | at;
      }
    }
    return 0;
  }

  /** Position just behind record `id`, for {@link next}. */
  after(id: RecordId): RecordId {
    return id + recordWords(this.pages[id >>> this.pageBits]![(id & this.pageMask) + headerWord]!);
  }

  /** Whether a record, used or free, begins at `from`, or the table does: a cursor that came back from outside may be anything. */
  isBoundary(from: number): boolean {
    const page = from >>> this.pageBits;
    const words = this.pages[page];
    if (from === 0 || words === undefined) return from === 0;
    const wanted = from & this.pageMask;
    let at = page === 0 ? 2 : 0;
    while (at < wanted && at < this.#fill[page]!) at += recordWords(words[at + headerWord]!);
    return at === wanted;
  }

  #addPage(fill: number): number {
    this.pages.push(new Int32Array(1 << this.pageBits));
    this.#fill.push(fill);
    return this.pages.length - 1;
  }
}
