// SPDX-License-Identifier: Apache-2.0
import type { AttributesId, AttributeStore } from "./attribute-store.ts";
import { comparePaths } from "./best-path.ts";
import { ChangeList } from "./change-list.ts";
import type { RibMonitor } from "./monitor.ts";
import { PathChanges } from "./path-changes.ts";
import { type PathIndex, PathPool } from "./path-pool.ts";
import type { PathSource } from "./path-sources.ts";
import { attributesWord, changedFlag, headerWord, othersWord, type RecordId, restWord } from "./record.ts";
import type { RecordTable } from "./record-table.ts";
import type { Rest, RestTable } from "./rest-table.ts";
import type { PeerSlot } from "./types.ts";

const macIpRoute = 2;
const macWithMed = { mac: true, med: true };
const macOnly = { mac: true, med: false };
const withMed = { mac: false, med: true };
const neither = { mac: false, med: false };

/** One path of a route: its attributes and the octets of its NLRI outside the key. */
export interface RoutePath {
  readonly attributes: AttributesId;
  readonly rest: Rest;
}

/**
 * All paths of all peers (Adj-RIBs-In and Loc-RIB in one, RFC 4271 §3.2): at most one per route and peer, the best one in
 * the record. Every change of a best path is put on {@link changes}.
 */
export class LocRib {
  readonly table: RecordTable;
  readonly paths = new PathPool();
  readonly changes = new ChangeList();
  /** Absent but while somebody watches what peers announce. */
  monitor: RibMonitor | undefined;
  readonly pathChanges: PathChanges;
  readonly #attributes: AttributeStore;
  readonly #rests: RestTable;
  /** Paths per peer slot. */
  readonly #received: number[] = [];
  /** Whose paths somebody else, who had the route of the same originator, has taken back since anybody announced it. Mostly for milliseconds. */
  readonly #doubtful = new Map<RecordId, Set<PathSource>>();

  constructor(table: RecordTable, attributes: AttributeStore, rests: RestTable) {
    this.table = table;
    this.#attributes = attributes;
    this.#rests = rests;
    this.pathChanges = new PathChanges(attributes);
  }

  /** Paths of the peer that a source belongs to. */
  received(source: PathSource): number {
    return this.#received[this.#ownerOf(source)] ?? 0;
  }

  /** Whether the peer has a path. */
  has(id: RecordId, source: PathSource): boolean {
    for (const path of this.pathsOf(id)) if (this.#attributes.pathSource(path.attributes) === source) return true;
    return false;
  }

  announce(id: RecordId, attributes: AttributesId, rest: Rest): void {
    if (this.#doubtful.size > 0) this.#doubtful.delete(id);
    this.put(id, attributes, rest);
  }

  /** As {@link announce}, when nobody said anything: for a path that changes by itself. */
  put(id: RecordId, attributes: AttributesId, rest: Rest): void {
    const store = this.#attributes;
    const { pages, pageBits, pageMask } = this.table.slab;
    const page = pages[id >>> pageBits]!;
    const at = id & pageMask;
    const best = page[at + attributesWord]!;
    const source = store.pathSource(attributes);
    if (best === 0) {
      if (this.pathChanges.wanted) this.pathChanges.note(id, source, 0);
      store.hold(attributes);
      this.#rests.hold(rest);
      page[at + attributesWord] = attributes;
      page[at + restWord] = rest;
      this.table.live++;
      this.#count(source, 1);
      this.#changed(page, at, id, 0);
    } else if (store.pathSource(best) === source) {
      this.#replaceBest(page, at, id, attributes, rest);
    } else {
      this.#announceOther(page, at, id, attributes, rest);
    }
    this.monitor?.path(id, this.#ownerOf(source));
  }

  /** @returns whether the peer had a path */
  withdraw(id: RecordId, source: PathSource): boolean {
    const store = this.#attributes;
    const { pages, pageBits, pageMask } = this.table.slab;
    const page = pages[id >>> pageBits]!;
    const at = id & pageMask;
    const best = page[at + attributesWord]!;
    if (best === 0) return false;
    if (this.#doubtful.size > 0) this.#forgetDoubt(id, source);
    this.monitor?.path(id, this.#ownerOf(source));
    if (store.pathSource(best) === source) {
      if (this.pathChanges.wanted) this.pathChanges.note(id, source, best);
      this.#changed(page, at, id, best);
      this.#rests.drop(page[at + restWord]!);
      store.drop(best);
      page[at + attributesWord] = 0;
      if (page[at + othersWord] !== 0) this.#promote(page, at);
      else this.table.live--;
      this.#count(source, -1);
      return true;
    }
    const path = this.#pathFrom(page[at + othersWord]!, source);
    if (path === 0) return false;
    this.#rests.drop(this.paths.rest(path));
    const gone = this.paths.attributes(path);
    if (this.pathChanges.wanted) this.pathChanges.note(id, source, gone);
    page[at + othersWord] = this.paths.remove(page[at + othersWord]!, path);
    store.drop(gone);
    this.#count(source, -1);
    if (store.anyMed) this.#reselect(page, at, id);
    return true;
  }

  /**
   * As {@link withdraw}, when the peer itself says so. A stale path stays for want of news, and this is news: where two reflectors sent
   * one host's route and one of them is away, what the other one withdraws goes with the path that was kept for the first.
   * A path that the host itself announced here stays: its own promise to come back (RFC 4724) is worth more than what a third one says.
   */
  retract(id: RecordId, source: PathSource): boolean {
    const store = this.#attributes;
    const { pages, pageBits, pageMask } = this.table.slab;
    if (pages[id >>> pageBits]![(id & pageMask) + othersWord] === 0) return this.withdraw(id, source);
    const paths = [...this.pathsOf(id)];
    const own = paths.find((p) => store.pathSource(p.attributes) === source);
    if (!own) return false;
    const { originator } = store.get(own.attributes);
    const outdated: PathSource[] = [];
    for (const path of paths) {
      const other = store.get(path.attributes);
      if (path === own || !other.hasOriginator || other.originator !== originator) continue;
      if (other.stale) outdated.push(store.pathSource(path.attributes));
      else this.#doubt(id, store.pathSource(path.attributes));
    }
    for (const slot of [source, ...outdated]) this.withdraw(id, slot);
    return true;
  }

  /**
   * The peer is gone, and its paths would be kept. Two reflectors never say the same in the same moment: what the other one took back
   * before anybody knew that this one is dead, is as outdated as what it takes back later (see {@link retract}).
   */
  dropDoubtful(slot: PeerSlot): void {
    for (const [id, sources] of this.#doubtful) for (const source of sources) if (this.#ownerOf(source) === slot) this.withdraw(id, source);
  }

  #doubt(id: RecordId, slot: PathSource): void {
    const slots = this.#doubtful.get(id);
    if (slots) slots.add(slot);
    else this.#doubtful.set(id, new Set([slot]));
  }

  #forgetDoubt(id: RecordId, slot: PathSource): void {
    const slots = this.#doubtful.get(id);
    if (slots?.delete(slot) && slots.size === 0) this.#doubtful.delete(id);
  }

  /** The first `count` changes have been told to everybody. */
  settle(count: number): void {
    const { records, before, start } = this.changes;
    const { pages, pageBits, pageMask } = this.table.slab;
    for (let i = start; i < start + count; i++) {
      const id = records[i]!;
      pages[id >>> pageBits]![(id & pageMask) + headerWord]! &= ~changedFlag;
      if (before[i] !== 0) this.#attributes.drop(before[i]!);
    }
    this.changes.consume(count);
  }

  /** Paths of a route, the best one first. */
  *pathsOf(id: RecordId): Generator<RoutePath> {
    const { pages, pageBits, pageMask } = this.table.slab;
    const page = pages[id >>> pageBits]!;
    const at = id & pageMask;
    if (page[at + attributesWord] === 0) return;
    yield { attributes: page[at + attributesWord]!, rest: page[at + restWord]! };
    for (let p = page[at + othersWord]!; p !== 0; p = this.paths.next(p))
      yield { attributes: this.paths.attributes(p), rest: this.paths.rest(p) };
  }

  /** The best `count` of these paths of a route, the best one first. */
  best<P extends RoutePath>(id: RecordId, paths: readonly P[], count: number): P[] {
    const store = this.#attributes;
    const { pages, pageBits, pageMask } = this.table.slab;
    const [page, at] = [pages[id >>> pageBits]!, id & pageMask];
    const order = (a: P, b: P, med: boolean): number => this.#compare(page, at, a.attributes, b.attributes, med);
    if (!store.anyMed) return paths.toSorted((a, b) => order(a, b, true)).slice(0, count);
    const beats = (a: P, b: P): boolean =>
      a !== b && store.get(a.attributes).neighbourAs === store.get(b.attributes).neighbourAs && order(a, b, true) < 0;
    const left = new Set(paths);
    const chosen: P[] = [];
    while (chosen.length < count && left.size > 0) {
      // As {@link #leadsNeighbour} says.
      const leaders = [...left].filter((p) => ![...left].some((other) => beats(other, p)));
      const next = leaders.reduce((a, b) => (order(b, a, false) < 0 ? b : a));
      chosen.push(next);
      left.delete(next);
    }
    return chosen;
  }

  /** The same peer says something new of a route whose best path is its own. */
  #replaceBest(page: Int32Array, at: number, id: RecordId, attributes: AttributesId, rest: Rest): void {
    const store = this.#attributes;
    const best = page[at + attributesWord]!;
    const sameRest = page[at + restWord] === rest;
    if (best === attributes && sameRest) return;
    const old = store.get(best);
    // A restarted peer that announces what it announced before: nobody else has to hear of it.
    const quiet = sameRest && old.stale && store.equal(best, attributes);
    if (quiet) store.takeOver(best, attributes);
    else this.#changed(page, at, id, best);
    if (!quiet && this.pathChanges.wanted) this.pathChanges.note(id, store.pathSource(best), best);
    store.hold(attributes);
    this.#rests.hold(rest);
    this.#rests.drop(page[at + restWord]!);
    page[at + attributesWord] = attributes;
    page[at + restWord] = rest;
    store.drop(best);
    if (page[at + othersWord] !== 0) this.#promote(page, at);
  }

  #announceOther(page: Int32Array, at: number, id: RecordId, attributes: AttributesId, rest: Rest): void {
    const store = this.#attributes;
    const source = store.pathSource(attributes);
    store.hold(attributes);
    this.#rests.hold(rest);
    let path = this.#pathFrom(page[at + othersWord]!, source);
    if (this.pathChanges.wanted) this.#noteOther(id, path, attributes, rest);
    if (path !== 0) {
      const old = this.paths.attributes(path);
      this.#rests.drop(this.paths.rest(path));
      this.paths.set(path, attributes, rest);
      store.drop(old);
    } else {
      path = page[at + othersWord] = this.paths.add(attributes, rest, page[at + othersWord]!);
      this.#count(source, 1);
    }
    if (store.anyMed) this.#reselect(page, at, id);
    else if (this.#compare(page, at, attributes, page[at + attributesWord]!, true) < 0) {
      this.#changed(page, at, id, page[at + attributesWord]!);
      this.#swap(page, at, path);
    }
  }

  #noteOther(id: RecordId, path: PathIndex, attributes: AttributesId, rest: Rest): void {
    const old = path === 0 ? 0 : this.paths.attributes(path);
    const same = old !== 0 && this.paths.rest(path) === rest && (old === attributes || this.#attributes.equal(old, attributes));
    if (same) this.#attributes.takeOver(old, attributes);
    else this.pathChanges.note(id, this.#attributes.pathSource(attributes), old);
  }

  #pathFrom(head: PathIndex, source: PathSource): PathIndex {
    let path = head;
    while (path !== 0 && this.#attributes.pathSource(this.paths.attributes(path)) !== source) path = this.paths.next(path);
    return path;
  }

  #reselect(page: Int32Array, at: number, id: RecordId): void {
    const best = page[at + attributesWord]!;
    const better = this.#choose(page, at);
    if (better === 0) return;
    this.#changed(page, at, id, best);
    this.#swap(page, at, better);
  }

  /** Puts the best of the other paths in the record's place for it, if it is better than what is there. */
  #promote(page: Int32Array, at: number): void {
    const better = this.#choose(page, at);
    if (better !== 0) this.#swap(page, at, better);
  }

  #swap(page: Int32Array, at: number, path: PathIndex): void {
    const attributes = page[at + attributesWord]!;
    const rest = page[at + restWord]!;
    page[at + attributesWord] = this.paths.attributes(path);
    page[at + restWord] = this.paths.rest(path);
    if (attributes === 0) page[at + othersWord] = this.paths.remove(page[at + othersWord]!, path);
    else this.paths.set(path, attributes, rest);
  }

  /** The other path that is better than the one in the record, or 0. */
  #choose(page: Int32Array, at: number): PathIndex {
    const anyMed = this.#attributes.anyMed;
    let winner: PathIndex = 0;
    let attributes = page[at + attributesWord]!;
    if (anyMed && attributes !== 0 && !this.#leadsNeighbour(page, at, attributes)) attributes = 0;
    for (let p = page[at + othersWord]!; p !== 0; p = this.paths.next(p)) {
      const candidate = this.paths.attributes(p);
      if (anyMed && !this.#leadsNeighbour(page, at, candidate)) continue;
      if (attributes !== 0 && this.#compare(page, at, candidate, attributes, !anyMed) >= 0) continue;
      winner = p;
      attributes = candidate;
    }
    return winner;
  }

  /**
   * Whether no other path from the same neighbouring AS is better. MEDs count only among those, so paths have no common
   * order: RFC 4271 §9.1.2.2 c comes to comparing the leaders of each neighbour without MED.
   */
  #leadsNeighbour(page: Int32Array, at: number, candidate: AttributesId): boolean {
    const store = this.#attributes;
    const { neighbourAs } = store.get(candidate);
    const beats = (other: AttributesId): boolean =>
      other !== candidate && store.get(other).neighbourAs === neighbourAs && this.#compare(page, at, other, candidate, true) < 0;
    const best = page[at + attributesWord]!;
    if (best !== 0 && beats(best)) return false;
    for (let p = page[at + othersWord]!; p !== 0; p = this.paths.next(p)) if (beats(this.paths.attributes(p))) return false;
    return true;
  }

  #compare(page: Int32Array, at: number, a: AttributesId, b: AttributesId, med: boolean): number {
    const mac = (page[at + headerWord]! & 255) === macIpRoute;
    const order = comparePaths(
      this.#attributes.get(a),
      this.#attributes.get(b),
      mac ? (med ? macWithMed : macOnly) : med ? withMed : neither,
    );
    // Equal in all: two paths of one peer.
    return order === 0 ? this.#pathId(a) - this.#pathId(b) : order;
  }

  #pathId(set: AttributesId): number {
    return this.#attributes.pathSources.pathIdOf(this.#attributes.pathSource(set));
  }

  #changed(page: Int32Array, at: number, id: RecordId, before: AttributesId): void {
    const header = page[at + headerWord]!;
    if ((header & changedFlag) !== 0) return;
    page[at + headerWord] = header | changedFlag;
    if (before !== 0) this.#attributes.hold(before);
    this.changes.add(id, before);
  }

  #count(source: PathSource, by: number): void {
    const slot = this.#ownerOf(source);
    this.#received[slot] = (this.#received[slot] ?? 0) + by;
  }

  #ownerOf(source: PathSource): PeerSlot {
    return this.#attributes.pathSources.ownerOf(source);
  }
}
