// SPDX-License-Identifier: Apache-2.0
import type { Attribute } from "../wire/attribute/attribute.ts";
import { type AttributeSource, type SpeakerIdentity, summarise } from "./attribute-summary.ts";
import { exportMaskOf } from "./export-class.ts";
import { type InternId, InternedBytes } from "./interned-bytes.ts";
import { grown } from "./grown.ts";
import { type PathSource, PathSources } from "./path-sources.ts";
import { RouteTargetSets, type TargetsId } from "./route-target-sets.ts";
import { FactsOfPeers, StoredSet } from "./stored-set.ts";
import type { AttributeSet, PeerSlot } from "./types.ts";

/** Names a set of attributes of one peer; 0 is none. Peers differ in what is made of equal attributes (ORIGINATOR_ID), so sets are interned per peer. */
export type AttributesId = InternId;

/** Where a set comes from. */
export interface StoreSource extends AttributeSource {
  readonly slot: PeerSlot;
  /** See {@link DecisionFields.peerAddress}. */
  readonly peerAddress: string;
}

/** An AS_PATH of two-octet numbers in the longest message takes twice its room here. */
const largestScratch = (1 << 17) + 64;

/** Next hop and other attributes of one UPDATE, put together for {@link AttributeStore.intern}. `[next hop length | next hop | attributes]`, then zeros. */
export class AttributeScratch {
  readonly octets: Uint8Array<ArrayBuffer> = new Uint8Array(largestScratch);
  readonly view: DataView<ArrayBuffer> = new DataView(this.octets.buffer);
  length = 0;

  begin(nextHop: Uint8Array, at: number, length: number): void {
    this.octets[0] = length;
    this.length = 1;
    this.append(nextHop, at, at + length);
  }

  append(bytes: Uint8Array, from: number, to: number): void {
    const n = to - from;
    if (n > 64) this.octets.set(bytes.subarray(from, to), this.length);
    else for (let i = 0; i < n; i++) this.octets[this.length + i] = bytes[from + i]!;
    this.length += n;
  }

  /** The zeros that hashing by whole words runs into. */
  seal(): void {
    this.octets.fill(0, this.length, this.length + 4);
  }
}

export class AttributeStore {
  readonly pathSources = new PathSources();
  readonly targetSets = new RouteTargetSets();
  readonly #strings: InternedBytes;
  readonly #self: SpeakerIdentity;
  readonly #decode: (raw: Uint8Array) => readonly Attribute[];
  readonly #stored: (StoredSet | undefined)[] = [undefined];
  readonly #facts = new FactsOfPeers();
  /** Column of export masks, for the hot path. */
  #mask = new Int32Array(64);
  /** Column of lists of route targets, 0 where nobody asked yet. */
  #targets = new Int32Array(64);
  /** Sets whose MED is not the lowest possible: only then can MED make a difference. */
  #withMed = 0;
  #stale = 0;

  constructor(seed: number, self: SpeakerIdentity, decode: (raw: Uint8Array) => readonly Attribute[]) {
    this.#strings = new InternedBytes(seed);
    this.#self = self;
    this.#decode = decode;
  }

  get size(): number {
    return this.#strings.size;
  }

  get limit(): number {
    return this.#strings.limit;
  }

  get bytes(): number {
    return this.#strings.bytes;
  }

  get anyMed(): boolean {
    return this.#withMed > 0;
  }

  get anyStale(): boolean {
    return this.#stale > 0;
  }

  /** The set with the octets of `scratch`, if there is one. Not held. */
  find(source: PathSource, scratch: AttributeScratch): AttributesId {
    scratch.seal();
    const hash = this.#strings.hash(source, scratch.view, scratch.length);
    return this.#strings.find(hash, source, scratch.octets, scratch.length);
  }

  /** After {@link find} found none. Not held. @param source its slot: of the peer, or of one of its path identifiers */
  insert(source: StoreSource, scratch: AttributeScratch): AttributesId {
    scratch.seal();
    const { octets, length } = scratch;
    const id = this.#strings.insert(this.#strings.hash(source.slot, scratch.view, length), source.slot, octets, length);
    const summary = summarise(octets, 1 + octets[0]!, length, source, this.#self);
    if (id >= this.#mask.length) {
      this.#mask = grown(this.#mask, id + 1);
      this.#targets = grown(this.#targets, id + 1);
    }
    this.#mask[id] = exportMaskOf(source, summary);
    if (summary.med > 0) this.#withMed++;
    const { role, peerAddress, slot } = source;
    const facts = { ...summary, role, local: role === "local", ebgp: role === "ebgp", peerAddress };
    this.#stored[id] = new StoredSet(this.#facts.share(this.pathSources.ownerOf(slot), facts));
    this.pathSources.hold(slot);
    return id;
  }

  hold(id: AttributesId): void {
    this.#strings.hold(id);
  }

  drop(id: AttributesId): void {
    const { med, stale } = this.#stored[id]!;
    const source = this.#strings.tag(id);
    if (!this.#strings.drop(id)) return;
    this.pathSources.drop(source);
    if (med > 0) this.#withMed--;
    if (stale) this.#stale--;
    this.#stored[id] = undefined;
    if (this.#targets[id] === 0) return;
    this.targetSets.release(this.#targets[id]!);
    this.#targets[id] = 0;
  }

  /** The peer that it came from. */
  source(id: AttributesId): PeerSlot {
    return this.pathSources.ownerOf(this.#strings.tag(id));
  }

  /** Whose path it belongs to: of a route there is at most one of each. */
  pathSource(id: AttributesId): PathSource {
    return this.#strings.tag(id);
  }

  exportMask(id: AttributesId): number {
    return this.#mask[id]!;
  }

  /** Its route targets; looked up at the first wish, which there is none while no peer asks for route targets. */
  targets(id: AttributesId): TargetsId {
    return this.#targets[id] || (this.#targets[id] = this.targetSets.hold(this.#strings.view(id)));
  }

  /** `to` takes the place of the equal set `from` without anybody being told: who counts by route target must not lose the list. */
  takeOver(from: AttributesId, to: AttributesId): void {
    if (this.#targets[from] !== 0) this.targets(to);
  }

  get(id: AttributesId): StoredSet {
    return this.#stored[id]!;
  }

  /** `[next hop length | next hop | attributes]`, valid while held. */
  view(id: AttributesId): Uint8Array {
    return this.#strings.view(id);
  }

  equal(a: AttributesId, b: AttributesId): boolean {
    return this.#strings.equal(a, b);
  }

  /** What the RIB makes itself of a stale set: nobody finds it by its octets. Not held. */
  insertAged(source: StoreSource, scratch: AttributeScratch): AttributesId {
    const id = this.insert(source, scratch);
    this.#strings.detach(id);
    const stored = this.#stored[id]!;
    stored.stale = stored.aged = true;
    this.#stale++;
    return id;
  }

  /** For consumers: made at the first wish and the same object until the set is gone. */
  setOf(id: AttributesId): AttributeSet {
    const stored = this.#stored[id]!;
    return (stored.set ??= this.#makeSet(id));
  }

  /** Like {@link setOf} for a passing look: a set that nobody follows is not kept as an object. */
  peek(id: AttributesId): AttributeSet {
    return this.#stored[id]!.set ?? this.#makeSet(id);
  }

  #makeSet(id: AttributesId): AttributeSet {
    const octets = this.#strings.view(id).slice();
    const raw = octets.subarray(1 + octets[0]!);
    const decode = this.#decode;
    let attributes: readonly Attribute[] | undefined;
    return { raw, nextHop: octets.subarray(1, 1 + octets[0]!), attributes: () => (attributes ??= decode(raw)) };
  }

  /** Marks all sets of a peer; those found by a later {@link find} are new ones, so what it announces again is told from what it has not. */
  retire(source: PeerSlot, mark: "stale" | "doomed" | "ageing", onlyStale: boolean): void {
    for (const id of this.#strings.ids()) {
      if (this.source(id) !== source) continue;
      const stored = this.#stored[id]!;
      if ((onlyStale && !stored.stale) || (mark === "ageing" && stored.aged)) continue;
      if (!stored.stale) {
        this.#strings.detach(id);
        this.#stale++;
      }
      stored.stale = true;
      if (mark !== "stale") stored[mark] = true;
    }
  }

  /** Of the sets of a peer, dooms those of routes that it announced for itself and did not reflect. */
  doomOwn(source: PeerSlot, routerId: number): void {
    for (const id of this.#strings.ids()) {
      if (this.source(id) === source && this.#stored[id]!.originator === routerId) this.#stored[id]!.doomed = true;
    }
  }
}
