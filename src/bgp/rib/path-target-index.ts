// SPDX-License-Identifier: Apache-2.0
import type { AttributesId, AttributeStore } from "./attribute-store.ts";
import type { LocRib } from "./loc-rib.ts";
import type { RoutePathChanges } from "./path-changes.ts";
import { headerWord, type RecordId, usedFlag } from "./record.ts";
import type { TargetsId } from "./route-target-sets.ts";
import { TargetLists } from "./target-lists.ts";

/**
 * Finds the routes of which any path has a route target: for peers with add-path (RFC 7911) that ask by route target. Costs nothing until there
 * is one; then the table is walked once, in steps, and kept up with for as long as changes of paths are noted.
 */
export class PathTargetIndex {
  readonly #rib: LocRib;
  readonly #attributes: AttributeStore;
  /** Records per step of the first walk. */
  readonly #step: number;
  readonly #lists: TargetLists;
  /** Where the first walk is; {@link idle} before, {@link complete} after it. */
  #cursor: RecordId = idle;

  constructor(rib: LocRib, attributes: AttributeStore, step: number) {
    this.#rib = rib;
    this.#attributes = attributes;
    this.#step = step;
    this.#lists = new TargetLists((targets, id) => this.#has(targets, id));
    attributes.targetSets.onRelease((id) => this.#lists.drop(id));
  }

  get ready(): boolean {
    return this.#cursor === complete;
  }

  start(): void {
    if (this.#cursor === idle) this.#cursor = 0;
  }

  /** Changes of paths are no longer noted. */
  stop(): void {
    this.#cursor = idle;
    this.#lists.clear();
  }

  /** A step of the first walk. @returns true when there is more */
  build(): boolean {
    if (this.#cursor < 0) return false;
    const { slab } = this.#rib.table;
    let id = slab.next(this.#cursor);
    for (let n = 0; id !== 0 && n < this.#step; n++) {
      for (const { attributes } of this.#rib.pathsOf(id)) this.#enter(attributes, id);
      id = slab.next(slab.after(id));
    }
    this.#cursor = id === 0 ? complete : id;
    return this.#cursor >= 0;
  }

  /** Follows changes that were sent. */
  update(changes: ReadonlyMap<RecordId, RoutePathChanges>): void {
    if (this.#cursor === idle) return;
    const end = this.#cursor === complete ? Infinity : this.#cursor;
    const store = this.#attributes;
    for (const [id, ofRoute] of changes) {
      // Behind the cursor the walk itself will come by.
      if (id >= end) continue;
      for (const { attributes } of this.#rib.pathsOf(id)) if (ofRoute.has(store.pathSource(attributes))) this.#enter(attributes, id);
      for (const before of ofRoute.values()) if (before !== 0) this.#lists.count(store.targets(before), -1);
    }
  }

  /** Calls `visit` with every route of which a path has these route targets; some may come twice. */
  each(targets: TargetsId, visit: (id: RecordId) => void): void {
    this.#lists.each(targets, (id) => {
      if (this.#has(targets, id)) visit(id);
    });
  }

  #enter(attributes: AttributesId, id: RecordId): void {
    const targets = this.#attributes.targets(attributes);
    this.#lists.add(targets, id);
    this.#lists.count(targets, 1);
  }

  #has(targets: TargetsId, id: RecordId): boolean {
    const { pages, pageBits, pageMask } = this.#rib.table.slab;
    // A record that was given back has the free list in the place of its attributes.
    if ((pages[id >>> pageBits]![(id & pageMask) + headerWord]! & usedFlag) === 0) return false;
    for (const { attributes } of this.#rib.pathsOf(id)) if (this.#attributes.targets(attributes) === targets) return true;
    return false;
  }
}

const idle = -1;
const complete = -2;
