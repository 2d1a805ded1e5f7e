// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RowEdit, RowReader, rowChanges } from "./row-changes.ts";

const row = fc.record({ mac: fc.nat(5), dst: fc.option(fc.nat(2), { nil: undefined }) }, { noNullPrototype: true });
const rows = fc.array(row, { maxLength: 60 });

test("changes make the old rows into the new ones", () => {
  fc.assert(
    fc.property(rows, rows, (before, after) => {
      const asLine = (value: unknown): string => JSON.stringify(value);
      const read = JSON.parse(asLine(rowChanges(before, after))) as ReturnType<typeof rowChanges>;
      assert.equal(asLine(new RowReader(before).next(read)), asLine(after));
    }),
  );
});

test("a dump in parts is read in the same parts", () => {
  fc.assert(
    fc.property(rows, fc.array(rows, { maxLength: 4 }), (before, parts) => {
      const [edit, reader] = [new RowEdit(before), new RowReader(before)];
      for (const part of parts) assert.equal(JSON.stringify(reader.next(edit.next(part))), JSON.stringify(part));
    }),
  );
});

test("a large table that hardly changed takes few changes", () => {
  const before = Array.from({ length: 5000 }, (_, mac) => ({ mac }));
  const after = [...before.slice(0, 100), { mac: -1 }, ...before.slice(100, 3000), ...before.slice(3003)];
  assert.deepEqual(rowChanges(before, after), [
    ["keep", 100],
    ["put", [{ mac: -1 }]],
    ["keep", 2900],
    ["drop", 3],
    ["keep", 1997],
  ]);
});

test("changes of other rows are refused", () => {
  assert.throws(() => new RowReader([1]).next([["keep", 2]]), RangeError);
});
