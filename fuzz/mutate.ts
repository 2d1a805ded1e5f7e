// SPDX-License-Identifier: Apache-2.0
import type { Random } from "./random.ts";

/** What an input may be mixed with. */
export interface MutationSource {
  readonly corpus: readonly Uint8Array[];
  readonly dictionary: readonly Uint8Array[];
  readonly longest: number;
}

type Mutation = (octets: number[], random: Random, source: MutationSource) => void;

/** Lengths and counts at which something changes. */
const edges = [0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 23, 31, 32, 33, 47, 48, 64, 127, 128, 129, 254, 255];

const at = (octets: readonly number[], random: Random): number => random.below(octets.length + 1);

const mutations: readonly Mutation[] = [
  function flipBit(o, random) {
    const i = random.below(o.length);
    if (i < o.length) o[i]! ^= 1 << random.below(8);
  },
  function setOctet(o, random) {
    if (o.length > 0) o[random.below(o.length)] = random.below(256);
  },
  function setEdge(o, random) {
    if (o.length > 0) o[random.below(o.length)] = random.of(edges);
  },
  function count(o, random) {
    const i = random.below(o.length);
    if (i < o.length) o[i] = (o[i]! + random.of([-3, -2, -1, 1, 2, 3, 4, 8])) & 255;
  },
  function setTwoOctets(o, random) {
    const i = random.below(o.length - 1);
    if (o.length < 2) return;
    const value = random.of([0, 1, 255, 256, 4096, 0x7fff, 0x8000, 0xffff, o.length, o.length - i, o.length - i - 2]);
    o[i] = (value >> 8) & 255;
    o[i + 1] = value & 255;
  },
  function remove(o, random) {
    const from = at(o, random);
    o.splice(from, 1 + random.below(random.oneIn(4) ? o.length : 8));
  },
  function cutOff(o, random) {
    o.length = at(o, random);
  },
  function insert(o, random) {
    o.splice(
      at(o, random),
      0,
      ...Array.from({ length: 1 + random.below(8) }, () => (random.oneIn(2) ? random.of(edges) : random.below(256))),
    );
  },
  function repeat(o, random) {
    const from = at(o, random);
    const piece = o.slice(from, from + 1 + random.below(40));
    const times = random.oneIn(20) ? 50 : 1 + random.below(3);
    for (let n = 0; n < times; n++) o.splice(at(o, random), 0, ...piece);
  },
  function swap(o, random) {
    const [from, to] = [at(o, random), at(o, random)];
    o.splice(to, 0, ...o.splice(from, 1 + random.below(24)));
  },
  function takeFromAnother(o, random, { corpus }) {
    const other = random.of(corpus);
    const from = random.below(other.length + 1);
    const piece = other.subarray(from, from + 1 + random.below(random.oneIn(3) ? other.length : 40));
    o.splice(at(o, random), random.oneIn(2) ? piece.length : 0, ...piece);
  },
  function takeFromDictionary(o, random, { dictionary }) {
    if (dictionary.length === 0) return;
    const word = random.of(dictionary);
    o.splice(at(o, random), random.oneIn(2) ? word.length : 0, ...word);
  },
];

/** A variation of `input`: one change mostly, sometimes many. */
export function mutate(input: Uint8Array, random: Random, source: MutationSource): Uint8Array {
  const octets = Array.from(input);
  const times = random.oneIn(3) ? 1 + random.below(8) : 1;
  for (let n = 0; n < times; n++) random.of(mutations)(octets, random, source);
  return Uint8Array.from(octets.length > source.longest ? octets.slice(0, source.longest) : octets);
}
