// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Change, ChangeRing } from "./change-ring.ts";

test("gives what was put in, in order, each run of equals once, and says when it is full", () => {
  const push = fc.tuple(
    fc.integer({ min: 0, max: 40 }).map((n) => n * 2),
    fc.integer({ min: 0, max: 3 }),
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(push, fc.constant("take" as const)), { maxLength: 300 }), (steps) => {
      const ring = new ChangeRing(8);
      const model: Change[] = [];
      for (const step of steps) {
        if (step === "take") {
          assert.deepEqual(ring.take(), model.shift());
        } else {
          const [record, slot] = step;
          const again = model.at(-1)?.record === record && model.at(-1)?.slot === slot;
          assert.equal(ring.push(record, slot), again || model.length < 8);
          if (!again && model.length < 8) model.push({ record, slot });
        }
        assert.equal(ring.length, model.length);
        for (const { record } of model) assert.ok(ring.has(record));
        if (model.length === 0) assert.ok(!ring.has(0));
      }
      for (const change of model) assert.deepEqual(ring.take(), change);
      assert.equal(ring.take(), undefined);
    }),
  );
});
