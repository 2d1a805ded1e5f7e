// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Mac, macFromBytes, macHigh, macLow, macOf } from "./mac.ts";
import { MacMap } from "./mac-map.ts";

const octets = fc.uint8Array({ minLength: 6, maxLength: 6 });
/** Few MACs, so that they meet again, and some that differ in their first octets only. */
const mac = fc.oneof(
  fc.integer({ min: 0, max: 40 }).map((n) => macOf(0x0200, n)),
  fc.integer({ min: 0, max: 3 }).map((n) => macOf(n << 8, 7)),
);
const values = ["a", "b", "c"].map((name) => ({ name }));
const change = fc.record({ mac, value: fc.option(fc.constantFrom(...values), { nil: undefined }) });

test("a MAC is its two numbers", () => {
  fc.assert(
    fc.property(octets, (bytes) => {
      const m = macFromBytes(bytes);
      assert.equal(macOf(macHigh(m), macLow(m)), m);
    }),
  );
});

test("holds what a Map holds, whatever is put in, replaced and taken out", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
      const map = new MacMap<object>();
      const oracle = new Map<Mac, object>();
      for (const { mac: m, value } of changes) {
        if (value) {
          map.set(m, value);
          oracle.set(m, value);
        } else assert.equal(map.delete(m), oracle.delete(m));
        assert.equal(map.get(m), value);
        assert.equal(map.has(m), value !== undefined);
        assert.equal(map.size, oracle.size);
      }
      for (const [m, value] of oracle) assert.equal(map.get(m), value);
      assert.deepEqual(new Map(map), oracle);
      assert.deepEqual(new Set(map.keys()), new Set(oracle.keys()));
    }),
  );
});

test("values come and go without a trace in those of others", () => {
  const map = new MacMap<number>();
  for (let i = 0; i < 1000; i++) map.set(macOf(0x0200, i % 10), i);
  assert.deepEqual(
    [...map].map(([, v]) => v).toSorted((a, b) => a - b),
    [990, 991, 992, 993, 994, 995, 996, 997, 998, 999],
  );
});

test("a walk through it gives what was there at its beginning, however it changes on the way", () => {
  const map = new MacMap<number>();
  for (let i = 0; i < 50; i++) map.set(macOf(0x0200, i), 1);
  const seen: Mac[] = [];
  for (const [m] of map) {
    seen.push(m);
    map.delete(m);
    map.set(macOf(0x0400, seen.length), 2);
  }
  assert.equal(new Set(seen).size, 50);
  assert.equal(map.size, 50);
});
