// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { Writer } from "../../base/bytes/writer.ts";
import { as4Path, asPathForExport, mergedAsPath } from "./as-path.ts";

const two = (...segments: readonly (readonly [number, ...number[]])[]): Uint8Array =>
  Uint8Array.from(segments.flatMap(([kind, ...n]) => [kind, n.length, ...n.flatMap((x) => [x >> 8, x & 255])]));
const four = (...segments: readonly (readonly [number, ...number[]])[]): Uint8Array =>
  Uint8Array.from(
    segments.flatMap(([kind, ...n]) => [kind, n.length, ...n.flatMap((x) => [x >>> 24, (x >> 16) & 255, (x >> 8) & 255, x & 255])]),
  );
const attribute = (value: Uint8Array): number[] => [0x40, 2, value.length, ...value];

const set = 1;
const sequence = 2;

/** RFC 6793 §4.2.3: the newer part of AS_PATH in front, as many numbers as AS4_PATH lacks. */
const merges = [
  { name: "without AS4_PATH", old: two([sequence, 1, 23456]), as4: undefined, merged: four([sequence, 1, 23456]) },
  { name: "AS4_PATH as long", old: two([sequence, 23456, 7]), as4: four([sequence, 70000, 7]), merged: four([sequence, 70000, 7]) },
  { name: "old speakers in front", old: two([sequence, 9, 8, 23456]), as4: four([sequence, 70000]), merged: four([sequence, 9, 8, 70000]) },
  { name: "AS4_PATH longer is ignored", old: two([sequence, 9]), as4: four([sequence, 70000, 70001]), merged: four([sequence, 9]) },
  {
    name: "a set counts as one",
    old: two([sequence, 9], [set, 4, 5], [sequence, 23456]),
    as4: four([sequence, 70000]),
    merged: four([sequence, 9], [set, 4, 5], [sequence, 70000]),
  },
  {
    name: "confederation segments of AS4_PATH are not trusted",
    old: two([sequence, 9, 23456]),
    as4: four([3, 1], [sequence, 70000]),
    merged: four([sequence, 9, 70000]),
  },
  {
    name: "confederation segments count nothing, and stay in front of what is kept",
    old: two([3, 5], [sequence, 9, 23456]),
    as4: four([sequence, 70000]),
    merged: four([3, 5], [sequence, 9, 70000]),
  },
  {
    name: "a leading confederation segment stays though no number is missing",
    old: two([3, 5], [sequence, 23456]),
    as4: four([sequence, 70000]),
    merged: four([3, 5], [sequence, 70000]),
  },
];

for (const { name, old, as4, merged } of merges) {
  test(`AS_PATH of a two-octet peer: ${name}`, () => assert.deepEqual([...mergedAsPath(old, as4)], attribute(merged)));
}

test("a merged sequence never passes 255 AS numbers", () => {
  const numbers = (n: number, asn: number): [number, ...number[]] => [sequence, ...Array.from({ length: n }, () => asn)];
  const merged = mergedAsPath(two(numbers(200, 65001), numbers(100, 23456)), four(numbers(100, 70000)));
  assert.deepEqual([...merged.subarray(4)], [...four(numbers(200, 65001), numbers(100, 70000))]);
});

test("an AS is put in front of the first sequence, or in a segment of its own", () => {
  const exported = (value: Uint8Array): number[] => {
    const out = new Writer();
    asPathForExport(value, 65000, true, out);
    return [...out.finish()];
  };
  assert.deepEqual(exported(four([sequence, 1])), attribute(four([sequence, 65000, 1])));
  assert.deepEqual(exported(four([set, 1])), attribute(four([sequence, 65000], [set, 1])));
  assert.deepEqual(exported(new Uint8Array(0)), attribute(four([sequence, 65000])));
  const full = four([sequence, ...Array.from({ length: 255 }, () => 1)]);
  const wide = exported(full);
  assert.deepEqual(wide.slice(0, 10), [0x50, 2, (full.length + 6) >> 8, (full.length + 6) & 255, sequence, 1, 0, 0, 0xfd, 0xe8]);
});

test("confederation segments stay within the AS", () => {
  const path = four([3, 7], [sequence, 70000], [4, 8, 9]);
  const out = new Writer();
  asPathForExport(path, 65000, true, out);
  assert.deepEqual([...out.finish()], attribute(four([sequence, 65000, 70000])));
  const within = new Writer();
  asPathForExport(path, undefined, true, within);
  assert.deepEqual([...within.finish()], attribute(path));
  assert.deepEqual([...as4Path(path, undefined)!], [0xc0, 17, 6, ...four([sequence, 70000])]);
});

test("a path that fits into two octets needs no AS4_PATH", () => {
  assert.equal(as4Path(four([sequence, 1, 2]), 65000), undefined);
  assert.deepEqual([...as4Path(four([sequence, 70000]), 65000)!], [0xc0, 17, 10, ...four([sequence, 65000, 70000])]);
});
