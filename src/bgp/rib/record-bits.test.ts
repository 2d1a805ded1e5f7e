// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RecordBits } from "./record-bits.ts";

test("holds what a set would and gives it back in order", () => {
  const id = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 1 << 22 })).map((n) => n * 2);
  fc.assert(
    fc.property(fc.array(id, { maxLength: 300 }), fc.integer({ min: 1, max: 50 }), (ids, step) => {
      const bits = new RecordBits();
      const model = new Set(ids);
      for (const one of ids) bits.add(one);
      assert.equal(bits.size, model.size);
      for (const one of model) assert.ok(bits.has(one));
      const out = new Int32Array(step);
      const taken: number[] = [];
      for (let n = bits.take(out); n > 0; n = bits.take(out)) taken.push(...out.subarray(0, n));
      assert.deepEqual(
        taken,
        [...model].toSorted((a, b) => a - b),
      );
      assert.equal(bits.size, 0);
      assert.ok(!bits.has(ids[0] ?? 2));
    }),
    { numRuns: 60 },
  );
});
