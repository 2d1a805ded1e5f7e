// SPDX-License-Identifier: Apache-2.0
import type { NlriStage } from "./nlri-stage.ts";
import {
  attributesWord,
  changedFlag,
  hashWord,
  headerWord,
  identityMask,
  keyWord,
  othersWord,
  type RecordId,
  restWord,
  usedFlag,
} from "./record.ts";
import { RecordSlab } from "./record-slab.ts";

/** Slots of the old index moved per new record; three are enough to be done before the new one is full. */
const migrationStep = 8;
/** New records per page of memory of the next index that is touched beforehand: often enough to be done when it is needed. */
const recordsPerTouch = 16;
const pageOfMemory = 4096 / Int32Array.BYTES_PER_ELEMENT;

/**
 * All routes by key: an open-addressing index of (record, hash) pairs over a {@link RecordSlab}.
 *
 * A record whose last path goes stays in the index (taking it out would cost more than the withdrawal) until the next
 * rebuild drops it. A rebuild does not pause: the old index stays readable while each insertion moves a few entries.
 */
export class RecordTable {
  readonly slab: RecordSlab;
  /** Keeps a record that has no path any more: a peer still has to hear that it went. */
  readonly #needed: (id: RecordId) => boolean;
  #slots: Int32Array<ArrayBuffer>;
  #mask: number;
  /** Pairs in use in the index that is being filled. */
  #used = 0;
  #old: Int32Array<ArrayBuffer> | undefined;
  #oldMask = 0;
  #moved = 0;
  /** The index after this one, and up to where the kernel has given it memory. */
  #next: Int32Array<ArrayBuffer> | undefined;
  #touched = 0;
  /** Records with a path. The owner of the paths counts. */
  live = 0;
  #records = 0;
  #sink = 0;

  constructor(pageWords: number, slots: number, needed: (id: RecordId) => boolean) {
    this.slab = new RecordSlab(pageWords);
    this.#needed = needed;
    this.#slots = new Int32Array(2 << (32 - Math.clz32(Math.max(slots, 8) - 1)));
    this.#mask = this.#slots.length - 1;
  }

  /** Records, with or without a path. */
  get size(): number {
    return this.#records;
  }

  get indexSlots(): number {
    return this.#slots.length / 2;
  }

  /** Touches what the staged lookups will need: independent loads, whose misses overlap. */
  prefetch(stage: NlriStage): void {
    const slots = this.#slots;
    const mask = this.#mask;
    const { pages, pageBits, pageMask } = this.slab;
    let sink = 0;
    for (let k = 0; k < stage.count; k++) {
      const id = slots[(stage.hash[k]! << 1) & mask]!;
      if (id !== 0) sink ^= pages[id >>> pageBits]![id & pageMask]!;
    }
    this.#sink = sink;
  }

  /** Keeps {@link prefetch} from being optimized away. */
  get sink(): number {
    return this.#sink;
  }

  find(stage: NlriStage, k: number): RecordId {
    const id = this.#probe(this.#slots, this.#mask, stage, k);
    return id !== 0 || this.#old === undefined ? id : this.#probe(this.#old, this.#oldMask, stage, k);
  }

  findOrCreate(stage: NlriStage, k: number): RecordId {
    const id = this.find(stage, k);
    return id !== 0 ? id : this.#create(stage, k);
  }

  #probe(slots: Int32Array, mask: number, stage: NlriStage, k: number): RecordId {
    const hash = stage.hash[k]!;
    const header = stage.header[k]!;
    const words = stage.words;
    const from = stage.keyAt[k]!;
    const keyWords = (header >>> 8) & 255;
    const { pages, pageBits, pageMask } = this.slab;
    for (let i = (hash << 1) & mask; ; i = (i + 2) & mask) {
      const id = slots[i]!;
      if (id === 0) return 0;
      if (slots[i + 1] !== hash) continue;
      const page = pages[id >>> pageBits]!;
      const at = id & pageMask;
      if ((page[at + headerWord]! & identityMask) !== header) continue;
      let j = 0;
      while (j < keyWords && page[at + keyWord + j] === words[from + j]) j++;
      if (j === keyWords) return id;
    }
  }

  #create(stage: NlriStage, k: number): RecordId {
    // Before anything else: a rebuild must neither miss nor drop the new record.
    if (this.#old !== undefined) this.#migrate(migrationStep);
    else if ((this.#used + 1) * 3 > this.#slots.length) this.#rebuild();
    else if (this.#used % recordsPerTouch === 0 && this.#used * 24 > this.#slots.length * 7) this.#prepare();
    const hash = stage.hash[k]!;
    const header = stage.header[k]!;
    const id = this.slab.allocate(header);
    const page = this.slab.pages[id >>> this.slab.pageBits]!;
    const at = id & this.slab.pageMask;
    page[at + hashWord] = hash;
    page[at + attributesWord] = 0;
    page[at + restWord] = 0;
    page[at + othersWord] = 0;
    const from = stage.keyAt[k]!;
    const keyWords = (header >>> 8) & 255;
    for (let j = 0; j < keyWords; j++) page[at + keyWord + j] = stage.words[from + j]!;
    this.#place(id, hash);
    this.#records++;
    return id;
  }

  #place(id: RecordId, hash: number): void {
    const slots = this.#slots;
    let i = (hash << 1) & this.#mask;
    while (slots[i] !== 0) i = (i + 2) & this.#mask;
    slots[i] = id;
    slots[i + 1] = hash;
    this.#used++;
  }

  /**
   * Takes memory for the next index page by page, from seven eighths of the way on. Records fall anywhere in a new index: without this, the
   * turn of the loop after a rebuild waits for the kernel to clear all of it, 50 ms at a million routes (bench/reflector, late, `--pauses`).
   */
  #prepare(): void {
    this.#next ??= new Int32Array(lengthFor(this.live + (this.#slots.length >>> 3), this.#slots.length));
    if (this.#touched < this.#next.length) this.#next[this.#touched] = 0;
    this.#touched += pageOfMemory;
  }

  #rebuild(): void {
    const length = lengthFor(this.#estimateKept(), this.#slots.length);
    const prepared = this.#next?.length === length ? this.#next : undefined;
    this.#next = undefined;
    this.#touched = 0;
    this.#old = this.#slots;
    this.#oldMask = this.#mask;
    this.#moved = 0;
    this.#slots = prepared ?? new Int32Array(length);
    this.#mask = length - 1;
    this.#used = 0;
    this.#migrate(migrationStep);
  }

  /** How many records will survive a rebuild, from a sample: those without a path may all have to stay. */
  #estimateKept(): number {
    if (this.live === this.#records) return this.live;
    const slots = this.#slots;
    const step = Math.max(2, (slots.length >>> 9) & ~1);
    let seen = 0;
    let kept = 0;
    for (let i = 0; i < slots.length; i += step) {
      if (slots[i] === 0) continue;
      seen++;
      if (this.#keep(slots[i]!)) kept++;
    }
    return seen === 0 ? 0 : Math.ceil((this.#records * kept) / seen);
  }

  /** Moves up to `pairs` entries of the old index into the new one. @returns true while some are left */
  #migrate(pairs: number): boolean {
    const old = this.#old!;
    const end = Math.min(old.length, this.#moved + pairs * 2);
    // While a table fills all are alive: not to look at each of them spares a cache miss per record and growth.
    const all = this.live === this.#records;
    for (let i = this.#moved; i < end; i += 2) {
      const id = old[i]!;
      if (id === 0) continue;
      if (all || this.#keep(id)) {
        this.#place(id, old[i + 1]!);
      } else {
        this.slab.release(id);
        this.#records--;
      }
    }
    this.#moved = end;
    if (end < old.length) return true;
    this.#old = undefined;
    old.buffer.transfer(0);
    return false;
  }

  #keep(id: RecordId): boolean {
    const page = this.slab.pages[id >>> this.slab.pageBits]!;
    const at = id & this.slab.pageMask;
    if (page[at + attributesWord] !== 0 || (page[at + headerWord]! & changedFlag) !== 0) return true;
    return (page[at + headerWord]! & usedFlag) !== 0 && this.#needed(id);
  }
}

/** Words of an index that `kept` records leave half empty or more. */
function lengthFor(kept: number, atLeast: number): number {
  let length = atLeast;
  while (kept * 4 >= length) length *= 2;
  return length;
}
