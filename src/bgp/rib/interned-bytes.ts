// SPDX-License-Identifier: Apache-2.0
import { ByteSlab } from "./byte-slab.ts";
import { mix } from "./mix.ts";
import { grown } from "./grown.ts";

/** Names an octet string while somebody holds a reference to it; 0 is none. */
export type InternId = number;

/**
 * Octet strings stored once, under a tag (equal octets with different tags are different entries), with reference counts.
 * Linear hashing: every insertion splits one bucket, so that growth never pauses.
 */
export class InternedBytes {
  readonly #slab = new ByteSlab();
  readonly #seed: number;
  #tag = new Int32Array(64);
  #refs = new Int32Array(64);
  #hash = new Int32Array(64);
  #next = new Int32Array(64);
  #address = new Int32Array(64);
  #length = new Int32Array(64);
  #free: InternId[] = [];
  #top = 1;
  #heads = new Int32Array(16);
  /** Buckets in use: between `#level` and twice that. */
  #buckets = 8;
  #level = 8;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Entries alive. */
  get size(): number {
    return this.#top - 1 - this.#free.length;
  }

  /** One more than the highest id ever given: how long columns beside this table must be. */
  get limit(): number {
    return this.#top;
  }

  get bytes(): number {
    return this.#slab.capacity;
  }

  tag(id: InternId): number {
    return this.#tag[id]!;
  }

  references(id: InternId): number {
    return this.#refs[id]!;
  }

  /** A view that is valid while `id` is held. */
  view(id: InternId): Uint8Array {
    return this.#slab.view(this.#address[id]!, this.#length[id]!);
  }

  lengthOf(id: InternId): number {
    return this.#length[id]!;
  }

  /** Hash of `length` octets. `view` must reach at least 3 octets past them, and these must be zero. */
  hash(tag: number, view: DataView, length: number): number {
    let h = mix(this.#seed, tag);
    for (let i = 0; i < length; i += 4) h = mix(h, view.getInt32(i, true));
    return h ^ (h >>> 13);
  }

  find(hash: number, tag: number, octets: Uint8Array, length: number): InternId {
    for (let id = this.#heads[this.#bucket(hash)]!; id !== 0; id = this.#next[id]!) {
      if (this.#hash[id] === hash && this.#tag[id] === tag && this.#length[id] === length && this.#same(id, octets, length)) return id;
    }
    return 0;
  }

  /** Whether `id` still stands for these octets: for caches that may hold a freed id. */
  is(id: InternId, hash: number, octets: Uint8Array, length: number): boolean {
    return this.#hash[id] === hash && this.#length[id] === length && this.#same(id, octets, length);
  }

  /** A new entry with no references yet; the caller knows that {@link find} does not have it. */
  insert(hash: number, tag: number, octets: Uint8Array, length: number): InternId {
    const id = this.#free.pop() ?? this.#top++;
    if (id >= this.#tag.length) this.#growColumns();
    const address = this.#slab.allocate(length);
    this.#slab.page(address).set(octets.length === length ? octets : octets.subarray(0, length), this.#slab.offset(address));
    this.#tag[id] = tag;
    this.#refs[id] = 0;
    this.#hash[id] = hash;
    this.#address[id] = address;
    this.#length[id] = length;
    const bucket = this.#bucket(hash);
    this.#next[id] = this.#heads[bucket]!;
    this.#heads[bucket] = id;
    if (this.size > this.#buckets) this.#split();
    return id;
  }

  hold(id: InternId): void {
    this.#refs[id]! += 1;
  }

  /** @returns true when that was the last reference: the id is free for another string now */
  drop(id: InternId): boolean {
    if (--this.#refs[id]! > 0) return false;
    this.detach(id);
    this.#slab.release(this.#address[id]!, this.#length[id]!);
    this.#length[id] = -1;
    this.#free.push(id);
    return true;
  }

  /** Hides an entry from {@link find} while those who hold it keep it. */
  detach(id: InternId): void {
    const bucket = this.#bucket(this.#hash[id]!);
    let at = this.#heads[bucket]!;
    if (at === id) {
      this.#heads[bucket] = this.#next[id]!;
      return;
    }
    while (at !== 0 && this.#next[at] !== id) at = this.#next[at]!;
    if (at !== 0) this.#next[at] = this.#next[id]!;
  }

  equal(a: InternId, b: InternId): boolean {
    return this.#length[a] === this.#length[b] && this.#same(a, this.view(b), this.#length[b]!);
  }

  /** Ids in use, in no order. */
  *ids(): Generator<InternId> {
    for (let id = 1; id < this.#top; id++) if (this.#length[id]! >= 0) yield id;
  }

  #same(id: InternId, octets: Uint8Array, length: number): boolean {
    const address = this.#address[id]!;
    const page = this.#slab.page(address);
    const at = this.#slab.offset(address);
    for (let i = 0; i < length; i++) if (page[at + i] !== octets[i]) return false;
    return true;
  }

  #bucket(hash: number): number {
    const b = hash & (this.#level * 2 - 1);
    return b < this.#buckets ? b : b & (this.#level - 1);
  }

  #split(): void {
    const from = this.#buckets - this.#level;
    if (this.#buckets === this.#heads.length) this.#heads = grown(this.#heads, 0);
    let chain = this.#heads[from]!;
    this.#heads[from] = 0;
    this.#heads[this.#buckets] = 0;
    this.#buckets++;
    while (chain !== 0) {
      const next = this.#next[chain]!;
      const bucket = this.#bucket(this.#hash[chain]!);
      this.#next[chain] = this.#heads[bucket]!;
      this.#heads[bucket] = chain;
      chain = next;
    }
    if (this.#buckets === this.#level * 2) this.#level *= 2;
  }

  #growColumns(): void {
    this.#tag = grown(this.#tag, 0);
    this.#refs = grown(this.#refs, 0);
    this.#hash = grown(this.#hash, 0);
    this.#next = grown(this.#next, 0);
    this.#address = grown(this.#address, 0);
    this.#length = grown(this.#length, 0);
  }
}
