// SPDX-License-Identifier: Apache-2.0
import type { AttributesId, AttributeStore } from "./attribute-store.ts";
import type { SpeakerIdentity } from "./attribute-summary.ts";
import { exportedVariant } from "./export-attributes.ts";
import type { MessageBuffer } from "./message-buffer.ts";
import { type NlriWriter, withdrawnRest } from "./nlri-writer.ts";
import type { Batch, Part, PartedEncoding, Segment } from "./batch.ts";
import { finishUpdate, putReachHead, putUnreachHead, putRun } from "./evpn-update.ts";
import type { Interest } from "./interest.ts";
import { attributesWord, type RecordId, restWord } from "./record.ts";
import type { ExportGate } from "./export-gate.ts";
import type { SetView } from "./policy/route-view.ts";
import { ReflectedAttributes } from "./reflected-attributes.ts";
import type { RecordTable } from "./record-table.ts";
import type { TargetsId } from "./route-target-sets.ts";
import { grown } from "./grown.ts";
import type { PeerSlot } from "./types.ts";
import type { UpdateGroup } from "./update-group.ts";

/** What one source's routes became, in entries of the batch. */
interface SourceChanges {
  readonly sets: AttributesId[];
  readonly gone: number[];
  readonly displaced: number[];
}

/** Entries of the batch to withdraw from those for whom a {@link Part} of this kind is. */
interface Withdrawal {
  readonly source: PeerSlot;
  readonly wanted: TargetsId;
  readonly unless: TargetsId;
  readonly entries: number[];
}

const nobody: PeerSlot = 0;

/**
 * Turns a batch of routes into UPDATE messages, packed by attributes and ordered by source, once for a whole update group.
 * A message holds one set of attributes, so what depends on source or route targets can be decided per message.
 */
export class UpdateEncoder {
  readonly #table: RecordTable;
  readonly #attributes: AttributeStore;
  readonly #nlri: NlriWriter;
  /** Chains through the batch: first and last entry per set, next entry per entry; -1 ends. */
  #first = new Int32Array(0);
  #last = new Int32Array(0);
  #next = new Int32Array(0);
  readonly #sources = new Map<PeerSlot, SourceChanges>();
  #lastSource = -1;
  #lastChanges: SourceChanges = { sets: [], gone: [], displaced: [] };
  readonly #gate: ExportGate;
  readonly #reflected: ReflectedAttributes;
  /** What export policies made of sets in this batch: they are chained as if they were sets with ids beyond those of the store. */
  readonly #variants: { readonly set: AttributesId; readonly view: SetView }[] = [];
  readonly #variantOf = new Map<SetView, AttributesId>();
  /** Routes that did not fit into a message of the group with their attributes; they are withdrawn instead. */
  oversize = 0;

  constructor(table: RecordTable, attributes: AttributeStore, nlri: NlriWriter, self: SpeakerIdentity, gate: ExportGate) {
    this.#gate = gate;
    this.#reflected = new ReflectedAttributes(self);
    this.#table = table;
    this.#attributes = attributes;
    this.#nlri = nlri;
  }

  encode(batch: Batch, group: UpdateGroup, buffer: MessageBuffer): Segment[] {
    this.#sort(batch, group);
    const segments: Segment[] = [];
    for (const [source, { sets, gone, displaced }] of this.#sources) {
      const start = buffer.length;
      for (const set of sets) this.#putReach(set, batch, group, buffer, gone);
      this.putUnreach(gone, batch, group, buffer);
      segments.push({ source, start, end: buffer.length, displaced });
    }
    this.#clear();
    return segments;
  }

  /**
   * As {@link encode}, for a group in which peers asked for route targets: in parts that each such peer wants or does not. Parts with the
   * same route targets lie side by side.
   */
  encodeParts(batch: Batch, group: UpdateGroup, buffer: MessageBuffer): PartedEncoding {
    this.#sort(batch, group);
    const store = this.#attributes;
    const parts: Part[] = [];
    const displaced = new Map<PeerSlot, readonly number[]>();
    const withdrawals = this.#withdrawals(batch, group);
    const chains: { readonly chain: AttributesId; readonly source: PeerSlot; readonly targets: TargetsId }[] = [];
    for (const [source, changes] of this.#sources) {
      for (const chain of changes.sets) chains.push({ chain, source, targets: store.targets(this.#setOf(chain)) });
      if (changes.displaced.length > 0) displaced.set(source, changes.displaced);
    }
    chains.sort((a, b) => a.targets - b.targets || a.source - b.source);
    for (const { chain, source, targets } of chains) {
      const start = buffer.length;
      const unsendable: number[] = [];
      this.#putReach(chain, batch, group, buffer, unsendable);
      addPart(parts, source, targets, 0, start, buffer.length);
      if (unsendable.length > 0) withdrawals.push({ source, wanted: targets, unless: 0, entries: unsendable });
    }
    for (const { source, wanted, unless, entries } of withdrawals) {
      const start = buffer.length;
      this.putUnreach(entries, batch, group, buffer);
      addPart(parts, source, wanted, unless, start, buffer.length);
    }
    this.#clear();
    return { parts, displaced };
  }

  #clear(): void {
    this.#sources.clear();
    this.#lastSource = -1;
    this.#variants.length = 0;
    this.#variantOf.clear();
  }

  /** The set of the store that a chain is about: a variant keeps its route targets, or its peers are sent everything. */
  #setOf(chain: AttributesId): AttributesId {
    return this.#variants[chain - this.#attributes.limit]?.set ?? chain;
  }

  /** Whether a peer with this interest has to hear of an entry: it wants what the route is or what it was. */
  concerns(batch: Batch, entry: number, interest: Interest): boolean {
    const [before, now] = this.#both(batch, entry);
    const store = this.#attributes;
    return (now !== 0 && interest.wants(store.targets(now))) || (before !== 0 && interest.wants(store.targets(before)));
  }

  /** Of displaced entries those that a peer with this interest holds and that no {@link Part} withdraws from it. */
  displacedFor(entries: readonly number[], batch: Batch, interest: Interest): readonly number[] {
    const store = this.#attributes;
    return entries.filter((entry) => {
      const [before, now] = this.#both(batch, entry);
      const [was, is] = [store.targets(before), store.targets(now)];
      return interest.wants(was) && (was === is || interest.wants(is));
    });
  }

  #both(batch: Batch, entry: number): readonly [before: AttributesId, now: AttributesId] {
    const { pages, pageBits, pageMask } = this.#table.slab;
    const id = batch.records[batch.start + entry]!;
    const now = pages[id >>> pageBits]![(id & pageMask) + attributesWord]!;
    return [batch.before === undefined ? 0 : batch.before[batch.start + entry]!, now];
  }

  /** What is gone, and what has other route targets than before, by who has to be told. */
  #withdrawals(batch: Batch, group: UpdateGroup): Withdrawal[] {
    const store = this.#attributes;
    const byKind = new Map<string, Withdrawal>();
    let last: Withdrawal | undefined;
    const add = (source: PeerSlot, wanted: TargetsId, unless: TargetsId, entry: number): void => {
      if (last?.source !== source || last.wanted !== wanted || last.unless !== unless) {
        const key = `${source} ${wanted} ${unless}`;
        last = byKind.get(key);
        if (!last) byKind.set(key, (last = { source, wanted, unless, entries: [] }));
      }
      last.entries.push(entry);
    };
    for (const [source, { gone }] of this.#sources)
      for (const entry of gone) add(source, store.targets(this.#both(batch, entry)[0]), 0, entry);
    for (const { sets } of this.#sources.values()) {
      for (const chain of sets) {
        const targets = store.targets(this.#setOf(chain));
        for (let entry = this.#first[chain]!; entry >= 0; entry = this.#next[entry]!) {
          const [before] = this.#both(batch, entry);
          if (before !== 0 && store.targets(before) !== targets && this.#mayHold(before, batch.records[batch.start + entry]!, group))
            add(store.source(before), store.targets(before), targets, entry);
        }
      }
    }
    return [...byKind.values()];
  }

  /** Withdrawals of the given entries of the batch, appended. */
  putUnreach(entries: readonly number[], batch: Batch, group: UpdateGroup, buffer: MessageBuffer): void {
    let i = 0;
    while (i < entries.length) {
      buffer.reserve(group.maxMessage);
      const { bytes, view } = buffer;
      const start = buffer.length;
      let o = putUnreachHead(buffer, start);
      for (; i < entries.length; i++) {
        const id = batch.records[batch.start + entries[i]!]!;
        if (o + this.#nlri.size(id, withdrawnRest) > start + group.maxMessage) break;
        o = this.#nlri.write(id, withdrawnRest, bytes, view, o);
      }
      finishUpdate(view, start, o, o);
      buffer.length = o;
    }
  }

  #sort(batch: Batch, group: UpdateGroup): void {
    const store = this.#attributes;
    const { pages, pageBits, pageMask } = this.#table.slab;
    if (this.#first.length < store.limit) {
      this.#first = new Int32Array(store.limit * 2).fill(-1);
      this.#last = new Int32Array(store.limit * 2);
    }
    if (this.#next.length < batch.count) this.#next = grown(this.#next, batch.count);
    for (let i = 0; i < batch.count; i++) {
      const id: RecordId = batch.records[batch.start + i]!;
      const now = pages[id >>> pageBits]![(id & pageMask) + attributesWord]!;
      const before = batch.before === undefined ? 0 : batch.before[batch.start + i]!;
      const held = before !== 0 && this.#mayHold(before, id, group);
      const forPeer = now !== 0 && (batch.stateFor === undefined || this.#isFor(now, batch.stateFor));
      const chain = forPeer ? this.#outcome(now, id, group) : 0;
      if (chain !== 0) {
        this.#chain(chain, now, i);
        if (held && store.source(before) !== store.source(now)) this.#source(store.source(now)).displaced.push(i);
      } else if (held) {
        this.#source(store.source(before)).gone.push(i);
      } else if (batch.stateFor !== undefined) {
        this.#source(nobody).gone.push(i);
      }
    }
  }

  #isFor(set: AttributesId, { slot, interest }: NonNullable<Batch["stateFor"]>): boolean {
    return this.#attributes.source(set) !== slot && (interest === undefined || interest.wants(this.#attributes.targets(set)));
  }

  #mayHold(set: AttributesId, id: RecordId, group: UpdateGroup): boolean {
    if ((this.#attributes.exportMask(set) & (1 << group.exportClass)) === 0) return false;
    return group.policy === undefined || this.#gate.mayHold(group.policy, set, id);
  }

  /** The set that the group is to get a route with, which may be a variant; 0: none. */
  #outcome(set: AttributesId, id: RecordId, group: UpdateGroup): AttributesId {
    if ((this.#attributes.exportMask(set) & (1 << group.exportClass)) === 0) return 0;
    if (group.policy === undefined) return set;
    const { accepted, rule, set: view } = this.#gate.decide(group.policy, set, id);
    if (!accepted) {
      group.refused.add(rule);
      return 0;
    }
    return view.changed ? this.#variant(set, view) : set;
  }

  #variant(set: AttributesId, view: SetView): AttributesId {
    let variant = this.#variantOf.get(view);
    if (variant !== undefined) return variant;
    variant = this.#attributes.limit + this.#variants.push({ set, view }) - 1;
    this.#variantOf.set(view, variant);
    if (variant >= this.#first.length) {
      const first = new Int32Array(variant * 2).fill(-1);
      first.set(this.#first);
      this.#first = first;
      this.#last = grown(this.#last, variant * 2);
    }
    return variant;
  }

  #chain(chain: AttributesId, set: AttributesId, entry: number): void {
    this.#next[entry] = -1;
    if (this.#first[chain] === -1) {
      this.#first[chain] = entry;
      this.#source(this.#attributes.source(set)).sets.push(chain);
    } else {
      this.#next[this.#last[chain]!] = entry;
    }
    this.#last[chain] = entry;
  }

  #source(slot: PeerSlot): SourceChanges {
    // Changes come in runs of one source: asking the map for each costs as much as the rest of the sorting (bench/rib.ts, withdraw).
    if (this.#lastSource === slot) return this.#lastChanges;
    let source = this.#sources.get(slot);
    if (!source) this.#sources.set(slot, (source = { sets: [], gone: [], displaced: [] }));
    this.#lastSource = slot;
    this.#lastChanges = source;
    return source;
  }

  #putReach(chain: AttributesId, batch: Batch, group: UpdateGroup, buffer: MessageBuffer, unsendable: number[]): void {
    const variant = this.#variants[chain - this.#attributes.limit];
    const octets = variant?.view.octets ?? this.#attributes.view(chain);
    const stored = variant ? exportedVariant(this.#attributes.get(variant.set), variant.view) : this.#attributes.get(chain);
    const length = this.#reflected.write(octets, stored, group);
    const attributes = this.#reflected.bytes;
    let entry = this.#first[chain]!;
    this.#first[chain] = -1;
    while (entry >= 0) {
      buffer.reserve(group.maxMessage + length);
      const start = buffer.length;
      const body = putReachHead(buffer, start, octets);
      const limit = start + group.maxMessage - length;
      const after = this.#putNlri(entry, batch, buffer, body, limit);
      if (after.at === body) {
        this.oversize++;
        unsendable.push(entry);
        entry = this.#next[entry]!;
        continue;
      }
      entry = after.entry;
      buffer.length = putRun(attributes, 0, length, buffer.bytes, after.at);
      finishUpdate(buffer.view, start, after.at, buffer.length);
    }
  }

  /** NLRI of the chain from `entry` on, as many as fit below `limit`. */
  #putNlri(first: number, batch: Batch, buffer: MessageBuffer, at: number, limit: number): { readonly entry: number; readonly at: number } {
    const { pages, pageBits, pageMask } = this.#table.slab;
    const { bytes, view } = buffer;
    let entry = first;
    let o = at;
    while (entry >= 0) {
      const id = batch.records[batch.start + entry]!;
      const rest = pages[id >>> pageBits]![(id & pageMask) + restWord]!;
      if (o + this.#nlri.size(id, rest) > limit) break;
      o = this.#nlri.write(id, rest, bytes, view, o);
      entry = this.#next[entry]!;
    }
    return { entry, at: o };
  }
}

function addPart(parts: Part[], source: PeerSlot, wanted: TargetsId, unless: TargetsId, start: number, end: number): void {
  if (start === end) return;
  const last = parts.at(-1);
  if (last?.source === source && last.wanted === wanted && last.unless === unless) last.end = end;
  else parts.push({ source, wanted, unless, start, end });
}
