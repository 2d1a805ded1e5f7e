// SPDX-License-Identifier: Apache-2.0
import { evpnKeyLayout } from "./evpn-key.ts";
import { mix } from "./mix.ts";
import { headerFor } from "./record.ts";

/** NLRI looked at together, so that their cache misses overlap instead of adding up. */
export const stageSize = 128;
const largestKeyWords = 64;

/**
 * Up to {@link stageSize} NLRI taken apart: for each the record header, the hash and the words of its key, and where the
 * octets outside the key are. Columns rather than objects, because every route passes here.
 */
export class NlriStage {
  readonly header = new Int32Array(stageSize);
  readonly hash = new Int32Array(stageSize);
  /** Where in {@link words} the key starts. */
  readonly keyAt = new Int32Array(stageSize);
  /** The two runs outside the key. */
  readonly gapAt = new Int32Array(stageSize);
  readonly gapLength = new Int32Array(stageSize);
  readonly endAt = new Int32Array(stageSize);
  readonly endLength = new Int32Array(stageSize);
  readonly words = new Int32Array(stageSize * largestKeyWords);
  readonly #octets = new Uint8Array(this.words.buffer);
  readonly #seed: number;
  count = 0;
  /** NLRI of the last {@link fill} whose inner lengths did not add up; they are left out. */
  malformed = 0;
  #fill = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /**
   * Takes NLRI from `bytes[at, end)` until the stage is full.
   * @returns where the next one starts, or -1 when one passes `end`
   */
  fill(bytes: Uint8Array, view: DataView, at: number, end: number): number {
    this.count = 0;
    this.malformed = 0;
    this.#fill = 0;
    let o = at;
    while (o < end && this.count < stageSize) {
      if (o + 2 > end) return -1;
      const length = bytes[o + 1]!;
      const value = o + 2;
      if (value + length > end) return -1;
      if (bytes[o] === 2 && length >= 33) this.#addMac(bytes, view, value, length);
      else this.#add(bytes[o]!, bytes, value, length);
      o = value + length;
    }
    return o;
  }

  /** MAC/IP routes are nearly all there is: their key in whole words, without looking at every octet. */
  #addMac(bytes: Uint8Array, view: DataView, at: number, length: number): void {
    const bits = bytes[at + 29]!;
    const ip = bits >>> 3;
    if (bytes[at + 22] !== 48 || (bits !== 0 && bits !== 32 && bits !== 128) || (length !== 33 + ip && length !== 36 + ip)) {
      this.malformed++;
      return;
    }
    const k = this.count++;
    const words = this.words;
    let w = this.#fill;
    this.keyAt[k] = w;
    let h = mix(mix(this.#seed, (words[w] = view.getInt32(at, true))), (words[w + 1] = view.getInt32(at + 4, true)));
    h = mix(h, (words[w + 2] = view.getInt32(at + 18, true)));
    h = mix(h, (words[w + 3] = view.getInt32(at + 22, true)));
    h = mix(h, (words[w + 4] = view.getInt32(at + 26, true)));
    w += 5;
    for (let i = 0; i < ip; i += 4, w++) h = mix(h, (words[w] = view.getInt32(at + 30 + i, true)));
    this.#fill = w;
    this.hash[k] = h ^ (h >>> 13);
    this.header[k] = headerFor(2, 20 + ip);
    this.gapAt[k] = at + 8;
    this.gapLength[k] = 10;
    this.endAt[k] = at + 30 + ip;
    this.endLength[k] = length - 30 - ip;
  }

  #add(type: number, bytes: Uint8Array, at: number, length: number): void {
    const layout = evpnKeyLayout(type, bytes, at, length);
    if (!layout) {
      this.malformed++;
      return;
    }
    const { head, gap, tail } = layout;
    const keyLength = head + tail;
    const keyWords = (keyLength + 3) >>> 2;
    const k = this.count++;
    const words = this.words;
    const start = this.#fill;
    const octets = this.#octets;
    if (keyWords > 0) words[start + keyWords - 1] = 0;
    for (let i = 0, o = start * 4; i < head; i++) octets[o + i] = bytes[at + i]!;
    for (let i = 0, o = start * 4 + head; i < tail; i++) octets[o + i] = bytes[at + head + gap + i]!;
    let h = mix(this.#seed, type);
    for (let i = 0; i < keyWords; i++) h = mix(h, words[start + i]!);
    this.keyAt[k] = start;
    this.#fill = start + keyWords;
    this.hash[k] = h ^ (h >>> 13);
    this.header[k] = headerFor(type, keyLength);
    this.gapAt[k] = at + head;
    this.gapLength[k] = gap;
    this.endAt[k] = at + head + gap + tail;
    this.endLength[k] = length - head - gap - tail;
  }
}
