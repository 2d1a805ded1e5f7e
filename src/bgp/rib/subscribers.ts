// SPDX-License-Identifier: Apache-2.0
import type { AttributeStore } from "./attribute-store.ts";
import { type NlriWriter, withdrawnRest } from "./nlri-writer.ts";
import { attributesWord, type RecordId } from "./record.ts";
import type { RecordTable } from "./record-table.ts";
import type { BestChange, PeerSlot } from "./types.ts";
import type { Batch } from "./batch.ts";

type Listener = (changes: readonly BestChange[]) => void;

interface Subscription {
  readonly listener: Listener;
  /** Next position in the record table while the table is being told; -1 when that is done. */
  cursor: RecordId;
}

const nothing = (): void => undefined;

/** Those inside this process who want to know the best paths. */
export class Subscribers {
  readonly #table: RecordTable;
  readonly #attributes: AttributeStore;
  readonly #nlri: NlriWriter;
  /** Records per step of telling the table to a new subscriber. */
  readonly #stepSize: number;
  readonly #nameOf: (slot: PeerSlot) => string;
  readonly #all = new Set<Subscription>();

  constructor(table: RecordTable, attributes: AttributeStore, nlri: NlriWriter, nameOf: (slot: PeerSlot) => string, stepSize: number) {
    this.#stepSize = stepSize;
    this.#table = table;
    this.#attributes = attributes;
    this.#nlri = nlri;
    this.#nameOf = nameOf;
  }

  add(listener: Listener): () => void {
    const subscription: Subscription = { listener, cursor: 0 };
    this.#all.add(subscription);
    return () => void this.#all.delete(subscription);
  }

  /** @returns the telling, to be done when the batch is settled: a listener may announce routes of this speaker at once */
  prepare(batch: Batch): () => void {
    if (this.#all.size === 0) return nothing;
    const settled = this.#changes(batch, Infinity);
    const calls: { readonly listener: Listener; readonly changes: readonly BestChange[] }[] = [];
    for (const { listener, cursor } of this.#all) {
      // Behind the cursor the table itself will tell.
      const changes = cursor < 0 ? settled : this.#changes(batch, cursor);
      if (changes.length > 0) calls.push({ listener, changes });
    }
    return () => {
      for (const { listener, changes } of calls) listener(changes);
    };
  }

  /** Of records before position `end`. */
  #changes(batch: Batch, end: RecordId): BestChange[] {
    const changes: BestChange[] = [];
    for (let i = batch.start; i < batch.start + batch.count; i++) {
      if (batch.records[i]! >= end) continue;
      const change = this.#change(batch.records[i]!, batch.before![i] !== 0);
      if (change) changes.push(change);
    }
    return changes;
  }

  /** One step of telling the table to those who came lately. @returns true when there is more */
  step(): boolean {
    let more = false;
    for (const subscription of this.#all) {
      if (subscription.cursor < 0) continue;
      this.#replay(subscription);
      more ||= subscription.cursor >= 0;
    }
    return more;
  }

  #replay(subscription: Subscription): void {
    const { slab } = this.#table;
    const changes: BestChange[] = [];
    let id = slab.next(subscription.cursor);
    for (let n = 0; id !== 0 && n < this.#stepSize; n++) {
      const change = this.#change(id, false);
      if (change) changes.push(change);
      id = slab.next(slab.after(id));
    }
    subscription.cursor = id === 0 ? -1 : id;
    if (changes.length > 0) subscription.listener(changes);
  }

  #change(id: RecordId, known: boolean): BestChange | undefined {
    const { pages, pageBits, pageMask } = this.#table.slab;
    const best = pages[id >>> pageBits]![(id & pageMask) + attributesWord]!;
    if (best === 0) return known ? { family: "l2vpn-evpn", nlri: this.#nlri.read(id, withdrawnRest), path: undefined } : undefined;
    const from = this.#attributes.source(best);
    const path = { attributes: this.#attributes.setOf(best), from, fromName: this.#nameOf(from), stale: this.#attributes.get(best).stale };
    return { family: "l2vpn-evpn", nlri: this.#nlri.read(id), path };
  }
}
