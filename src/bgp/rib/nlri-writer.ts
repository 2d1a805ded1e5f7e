// SPDX-License-Identifier: Apache-2.0
import { headerWord, keyWord, type RecordId, restWord } from "./record.ts";
import type { RecordTable } from "./record-table.ts";
import type { Rest, RestTable } from "./rest-table.ts";

const macIpRoute = 2;
const prefixRoute = 5;
const plainMacRest = 13;
const largestPlain = 1 << 24;
/** Type, length and 255 octets. */
const scratch = new Uint8Array(257);
const scratchView = new DataView(scratch.buffer);

/** Puts a record and the octets outside its key together again as the NLRI they came from. */
export class NlriWriter {
  readonly #table: RecordTable;
  readonly #rests: RestTable;

  constructor(table: RecordTable, rests: RestTable) {
    this.#table = table;
    this.#rests = rests;
  }

  /** Octets of the NLRI with its type and length. */
  size(id: RecordId, rest: Rest): number {
    const { pages, pageBits, pageMask } = this.#table.slab;
    const header = pages[id >>> pageBits]![(id & pageMask) + headerWord]!;
    return 2 + (header >>> 24) + this.#rests.length(header & 255, header >>> 24, rest);
  }

  type(id: RecordId): number {
    const { pages, pageBits, pageMask } = this.#table.slab;
    return pages[id >>> pageBits]![(id & pageMask) + headerWord]! & 255;
  }

  /** Writes the NLRI at `o`. @returns where it ends */
  write(id: RecordId, rest: Rest, bytes: Uint8Array, view: DataView, o: number): number {
    const { pages, pageBits, pageMask } = this.#table.slab;
    const page = pages[id >>> pageBits]!;
    const at = id & pageMask;
    const header = page[at + headerWord]!;
    if ((header & 255) === macIpRoute && rest < largestPlain) return this.#writeMac(page, at, header >>> 24, rest, view, o);
    return this.#writeAny(page, at, header, rest, bytes, o);
  }

  /** Writes it at the head of `bytes`, which has room for any. `rest` undefined: of the best path. */
  readInto(id: RecordId, rest: Rest | undefined, bytes: Uint8Array, view: DataView): void {
    this.write(id, rest ?? this.#bestRest(id), bytes, view, 0);
  }

  #bestRest(id: RecordId): Rest {
    const { pages, pageBits, pageMask } = this.#table.slab;
    return pages[id >>> pageBits]![(id & pageMask) + restWord]!;
  }

  /** A copy. `rest` undefined: of the best path. */
  read(id: RecordId, rest?: Rest): Uint8Array<ArrayBuffer> {
    // By way of a scratch: a DataView would put each copy into memory of its own outside V8's heap.
    return scratch.slice(0, this.write(id, rest ?? this.#bestRest(id), scratch, scratchView, 0));
  }

  /** Zero ESI and one label: whole words. Words of a key are in memory order, hence the little-endian stores. */
  #writeMac(page: Int32Array, at: number, keyLength: number, label: number, view: DataView, start: number): number {
    let o = start;
    view.setInt16(o, (macIpRoute << 8) | (keyLength + plainMacRest));
    view.setInt32(o + 2, page[at + keyWord]!, true);
    view.setInt32(o + 6, page[at + keyWord + 1]!, true);
    view.setInt32(o + 10, 0);
    view.setInt32(o + 14, 0);
    view.setInt16(o + 18, 0);
    o += 20;
    for (let k = at + keyWord + 2, e = at + keyWord + (keyLength >>> 2); k < e; k++, o += 4) view.setInt32(o, page[k]!, true);
    view.setInt16(o, label >>> 8);
    view.setInt8(o + 2, label);
    return o + 3;
  }

  #writeAny(page: Int32Array, at: number, header: number, rest: Rest, bytes: Uint8Array, start: number): number {
    const type = header & 255;
    const keyLength = header >>> 24;
    const octets = this.#rests.octets(type, keyLength, rest);
    const split = type === macIpRoute || type === prefixRoute;
    const head = split ? 8 : keyLength;
    const gap = split ? 10 : 0;
    let o = start;
    bytes[o++] = type;
    bytes[o++] = keyLength + octets.length;
    let i = 0;
    let j = 0;
    for (; i < head; i++) bytes[o++] = page[at + keyWord + (i >>> 2)]! >>> ((i & 3) * 8);
    for (; j < gap; j++) bytes[o++] = octets[j]!;
    for (; i < keyLength; i++) bytes[o++] = page[at + keyWord + (i >>> 2)]! >>> ((i & 3) * 8);
    for (; j < octets.length; j++) bytes[o++] = octets[j]!;
    return o;
  }
}

/** What stands for the octets outside the key in a withdrawal, where nobody looks at them. */
export const withdrawnRest: Rest = 0;
