// SPDX-License-Identifier: Apache-2.0
import type { AttributesId, AttributeStore } from "./attribute-store.ts";
import type { LocRib } from "./loc-rib.ts";
import { attributesWord, othersWord, type RecordId } from "./record.ts";

/** What becomes of a path of a marked set: it goes, stays, or moves to another set. */
type Fate = "gone" | "keep" | AttributesId;

/**
 * Walks the table in steps and removes or moves the paths whose set of attributes was marked. Peers that go down together
 * are swept together: those marked while a walk is under way wait for the next one.
 */
export class Sweep {
  readonly #rib: LocRib;
  readonly #attributes: AttributeStore;
  /** Records per step. */
  readonly #stepSize: number;
  readonly #aged: (set: AttributesId) => Fate;
  #cursor: RecordId = -1;
  #again = false;
  #onDone: (() => void)[] = [];
  #waiting: (() => void)[] = [];

  constructor(rib: LocRib, attributes: AttributeStore, aged: (set: AttributesId) => Fate, stepSize: number) {
    this.#stepSize = stepSize;
    this.#rib = rib;
    this.#attributes = attributes;
    this.#aged = aged;
  }

  /** Sets were marked; `done` is called when none of their paths is left. */
  start(done: () => void): void {
    if (this.#cursor >= 0) {
      this.#again = true;
      this.#waiting.push(done);
    } else {
      this.#cursor = 0;
      this.#onDone.push(done);
    }
  }

  /** @returns true when there is more to do */
  step(): boolean {
    if (this.#cursor < 0) return false;
    const { slab } = this.#rib.table;
    let id = slab.next(this.#cursor);
    for (let n = 0; id !== 0 && n < this.#stepSize; n++) {
      this.#visit(id);
      id = slab.next(slab.after(id));
    }
    this.#cursor = id === 0 ? -1 : id;
    if (id === 0) this.#finish();
    return this.#cursor >= 0;
  }

  #finish(): void {
    for (const done of this.#onDone.splice(0)) done();
    if (!this.#again) return;
    this.#again = false;
    this.#onDone = this.#waiting.splice(0);
    this.#cursor = 0;
  }

  #visit(id: RecordId): void {
    const only = this.#onlyPath(id);
    if (only !== 0 && this.#attributes.get(only).doomed) return void this.#rib.withdraw(id, this.#attributes.pathSource(only));
    if (!this.#touches(id)) return;
    // A path that moves or goes changes the chain: start over until nothing marked is left.
    for (let path = this.#marked(id); path !== undefined; path = this.#marked(id)) {
      if (path.fate === "gone") this.#rib.withdraw(id, this.#attributes.pathSource(path.attributes));
      else if (path.fate !== "keep") this.#rib.put(id, path.fate, path.rest);
    }
  }

  /** The set of a record's path when it has just one, as most do; else 0. */
  #onlyPath(id: RecordId): AttributesId {
    const { pages, pageBits, pageMask } = this.#rib.table.slab;
    const page = pages[id >>> pageBits]!;
    const at = id & pageMask;
    return page[at + othersWord] === 0 ? page[at + attributesWord]! : 0;
  }

  /** Whether any path of a record is of a marked set. A walk passes all records, and most have nothing to do with it. */
  #touches(id: RecordId): boolean {
    const { table, paths } = this.#rib;
    const { pages, pageBits, pageMask } = table.slab;
    const page = pages[id >>> pageBits]!;
    const at = id & pageMask;
    const best = page[at + attributesWord]!;
    if (best === 0) return false;
    if (this.#isMarked(best)) return true;
    for (let p = page[at + othersWord]!; p !== 0; p = paths.next(p)) if (this.#isMarked(paths.attributes(p))) return true;
    return false;
  }

  #isMarked(set: AttributesId): boolean {
    const stored = this.#attributes.get(set);
    return stored.doomed || stored.ageing;
  }

  #marked(id: RecordId): { readonly attributes: AttributesId; readonly rest: number; readonly fate: Fate } | undefined {
    for (const { attributes, rest } of this.#rib.pathsOf(id)) {
      const stored = this.#attributes.get(attributes);
      if (stored.doomed) return { attributes, rest, fate: "gone" };
      if (!stored.ageing) continue;
      const fate = this.#aged(attributes);
      if (fate !== "keep") return { attributes, rest, fate };
    }
    return undefined;
  }
}
