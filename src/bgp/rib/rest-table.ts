// SPDX-License-Identifier: Apache-2.0
import { plainRestLength } from "./evpn-key.ts";
import { InternedBytes } from "./interned-bytes.ts";
import { mix } from "./mix.ts";
import type { NlriStage } from "./nlri-stage.ts";

/**
 * The octets of an NLRI outside its key (ESI, labels, gateway) as one integer: the last three octets when the others are
 * zero and there are as many as usual, else {@link interned} plus the id of the string.
 */
export type Rest = number;
const interned = 1 << 30;
const cacheSize = 4096;

export class RestTable {
  readonly #strings: InternedBytes;
  readonly #cache = new Int32Array(cacheSize);
  readonly #octets = new Uint8Array(264);
  readonly #view = new DataView(this.#octets.buffer);
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
    this.#strings = new InternedBytes(seed);
  }

  get size(): number {
    return this.#strings.size;
  }

  /** Of the two runs `bytes[a, a + aLength)` and `bytes[b, b + bLength)`. The result is not held yet. */
  intern(type: number, keyLength: number, bytes: Uint8Array, a: number, aLength: number, b: number, bLength: number): Rest {
    const octets = this.#octets;
    const length = aLength + bLength;
    for (let i = 0; i < aLength; i++) octets[i] = bytes[a + i]!;
    for (let i = 0; i < bLength; i++) octets[aLength + i] = bytes[b + i]!;
    if (length === plainRestLength(type, keyLength)) {
      const zeros = Math.max(0, length - 3);
      let i = 0;
      while (i < zeros && octets[i] === 0) i++;
      if (i === zeros) {
        let value = 0;
        for (; i < length; i++) value = (value << 8) | octets[i]!;
        return value;
      }
    }
    return this.#internScratch(length);
  }

  /** Of a staged NLRI; the usual MAC/IP route (no ESI, one label) without looking at every octet. */
  ofStaged(stage: NlriStage, k: number, bytes: Uint8Array, view: DataView): Rest {
    const header = stage.header[k]!;
    const gapAt = stage.gapAt[k]!;
    const endAt = stage.endAt[k]!;
    const endLength = stage.endLength[k]!;
    if ((header & 255) === 2 && endLength === 3) {
      const esi = view.getInt32(gapAt) | view.getInt32(gapAt + 4) | view.getInt16(gapAt + 8);
      if (esi === 0) return (bytes[endAt]! << 16) | (bytes[endAt + 1]! << 8) | bytes[endAt + 2]!;
    }
    return this.intern(header & 255, header >>> 24, bytes, gapAt, stage.gapLength[k]!, endAt, endLength);
  }

  hold(rest: Rest): void {
    if (rest >= interned) this.#strings.hold(rest ^ interned);
  }

  drop(rest: Rest): void {
    if (rest >= interned) this.#strings.drop(rest ^ interned);
  }

  /** Frees a string that was interned and never held. */
  forget(rest: Rest): void {
    if (rest >= interned && this.#strings.references(rest ^ interned) === 0) {
      this.#strings.hold(rest ^ interned);
      this.#strings.drop(rest ^ interned);
    }
  }

  length(type: number, keyLength: number, rest: Rest): number {
    return rest >= interned ? this.#strings.lengthOf(rest ^ interned) : plainRestLength(type, keyLength);
  }

  /** All octets of `rest`, valid until the next call. */
  octets(type: number, keyLength: number, rest: Rest): Uint8Array {
    if (rest >= interned) return this.#strings.view(rest ^ interned);
    const length = plainRestLength(type, keyLength);
    const out = this.#octets.subarray(0, length).fill(0);
    let value = rest;
    for (let i = length - 1; i >= 0 && i >= length - 3; i--, value >>>= 8) out[i] = value & 255;
    return out;
  }

  /** Two labels (symmetric IRB) are common, hence the direct-mapped cache before the table. */
  #internScratch(length: number): Rest {
    const octets = this.#octets;
    octets.fill(0, length, length + 4);
    const hash = this.#strings.hash(0, this.#view, length);
    const line = mix(this.#seed, hash) & (cacheSize - 1);
    const known = this.#cache[line]!;
    if (known !== 0 && this.#strings.is(known, hash, octets, length)) return interned | known;
    const id = this.#strings.find(hash, 0, octets, length) || this.#strings.insert(hash, 0, octets, length);
    this.#cache[line] = id;
    return interned | id;
  }
}
