// SPDX-License-Identifier: Apache-2.0
import type { AttributesId, AttributeStore } from "./attribute-store.ts";
import { exportMasks } from "./export-class.ts";
import { attributesWord, headerWord, type RecordId, usedFlag } from "./record.ts";
import type { RecordTable } from "./record-table.ts";
import type { TargetsId } from "./route-target-sets.ts";
import { TargetLists } from "./target-lists.ts";
import type { PeerSlot } from "./types.ts";
import type { Batch } from "./batch.ts";

/**
 * Finds the routes whose best path has a route target without looking at all of them. Costs nothing until a peer asks for route targets; then the table is
 * walked once, in steps, and kept up with from there on.
 */
export class TargetIndex {
  readonly #table: RecordTable;
  readonly #attributes: AttributeStore;
  /** Records per step of the first walk. */
  readonly #step: number;
  readonly #lists: TargetLists;
  /** Routes by list of route targets and export mask. */
  readonly #byMask: (Int32Array | undefined)[] = [];
  /** Routes by who announced them: by list of route targets, export mask and slot, in one number. */
  readonly #own = new Map<number, number>();
  /** Where the first walk is; {@link idle} before, {@link complete} after it. */
  #cursor: RecordId = idle;

  constructor(table: RecordTable, attributes: AttributeStore, step: number) {
    this.#table = table;
    this.#attributes = attributes;
    this.#step = step;
    this.#lists = new TargetLists((targets, id) => this.#bestIn(targets, id) !== 0);
    attributes.targetSets.onRelease((id) => {
      this.#lists.drop(id);
      this.#byMask[id] = undefined;
    });
  }

  get ready(): boolean {
    return this.#cursor === complete;
  }

  start(): void {
    if (this.#cursor === idle) this.#cursor = 0;
  }

  /** A step of the first walk. @returns true when there is more */
  build(): boolean {
    if (this.#cursor < 0) return false;
    const { slab } = this.#table;
    const { pages, pageBits, pageMask } = slab;
    let id = slab.next(this.#cursor);
    for (let n = 0; id !== 0 && n < this.#step; n++) {
      const best = pages[id >>> pageBits]![(id & pageMask) + attributesWord]!;
      if (best !== 0) {
        this.#lists.add(this.#attributes.targets(best), id);
        this.#tally(best, 1);
      }
      id = slab.next(slab.after(id));
    }
    this.#cursor = id === 0 ? complete : id;
    return this.#cursor >= 0;
  }

  /** Follows a batch of changes that was sent. Runs of equal attributes are counted together. */
  update({ records, before, start, count }: Batch): void {
    if (this.#cursor === idle) return;
    const { pages, pageBits, pageMask } = this.#table.slab;
    const store = this.#attributes;
    const end = this.#cursor === complete ? Infinity : this.#cursor;
    let [lastWas, lastIs, run] = [0, 0, 0];
    for (let i = start; i < start + count; i++) {
      const id = records[i]!;
      // Behind the cursor the walk itself will come by.
      if (id >= end) continue;
      const is = pages[id >>> pageBits]![(id & pageMask) + attributesWord]!;
      const was = before![i]!;
      if (is !== 0 && (was === 0 || store.targets(was) !== store.targets(is))) this.#lists.add(store.targets(is), id);
      if (was !== lastWas || is !== lastIs) {
        this.#shift(lastWas, lastIs, run);
        [lastWas, lastIs, run] = [was, is, 0];
      }
      run++;
    }
    this.#shift(lastWas, lastIs, run);
  }

  /** Calls `visit` with every route whose best path has these route targets; some may come twice. */
  each(targets: TargetsId, visit: (id: RecordId, best: AttributesId) => void): void {
    this.#lists.each(targets, (id) => {
      const best = this.#bestIn(targets, id);
      if (best !== 0) visit(id, best);
    });
  }

  /** Routes with these route targets that may go to peers of an export class, those of `except` left out. */
  count(targets: TargetsId, exportClass: number, except: PeerSlot): number {
    const byMask = this.#byMask[targets];
    if (!byMask) return 0;
    let n = 0;
    for (let mask = 1 << exportClass; mask < exportMasks; mask++) {
      if ((mask & (1 << exportClass)) === 0 || byMask[mask] === 0) continue;
      n += byMask[mask]! - (this.#own.get(ownKey(targets, mask, except)) ?? 0);
    }
    return n;
  }

  /** @returns the attributes of the best path, 0 when it has other route targets by now or none at all */
  #bestIn(targets: TargetsId, id: RecordId): AttributesId {
    const { pages, pageBits, pageMask } = this.#table.slab;
    const page = pages[id >>> pageBits]!;
    const at = id & pageMask;
    // A record that was given back has the free list in the place of its attributes.
    if ((page[at + headerWord]! & usedFlag) === 0) return 0;
    const best = page[at + attributesWord]!;
    return best !== 0 && this.#attributes.targets(best) === targets ? best : 0;
  }

  #shift(was: AttributesId, is: AttributesId, by: number): void {
    if (by === 0 || was === is) return;
    if (was !== 0) this.#tally(was, -by);
    if (is !== 0) this.#tally(is, by);
  }

  #tally(best: AttributesId, by: number): void {
    const store = this.#attributes;
    const targets = store.targets(best);
    const mask = store.exportMask(best);
    this.#lists.count(targets, by);
    (this.#byMask[targets] ??= new Int32Array(exportMasks))[mask]! += by;
    const key = ownKey(targets, mask, store.source(best));
    const own = (this.#own.get(key) ?? 0) + by;
    if (own === 0) this.#own.delete(key);
    else this.#own.set(key, own);
  }
}

const idle = -1;
const complete = -2;

function ownKey(targets: TargetsId, mask: number, slot: PeerSlot): number {
  return (slot * exportMasks + mask) * 0x1_0000_0000 + targets;
}
