// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import fc from "fast-check";
import { Slices } from "../../base/run/slices.ts";
import type { HttpReply } from "../http-app.ts";
import { sendRows, sort } from "./send-rows.ts";

interface Row {
  readonly key: number;
  readonly nth: number;
}

const byKey = (a: Row, b: Row): number => a.key - b.key;
const rowsOf = (keys: readonly number[]): readonly Row[] => keys.map((key, nth) => ({ key, nth }));

/** @returns what the generator returned, and how often it rested */
function run<T>(work: Generator<unknown, T>): { readonly value: T; readonly rests: number } {
  for (let rests = 0; ; rests++) {
    const step = work.next();
    if (step.done === true) return { value: step.value, rests };
  }
}

test("sorting in pieces gives what sorting at once gives, equal rows in their order", () => {
  const keys = fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 5000, size: "max" });
  fc.assert(
    fc.property(keys, (list) => {
      const rows = rowsOf(list);
      assert.deepEqual(run(sort(rows, byKey)).value, rows.toSorted(byKey));
    }),
    { numRuns: 30 },
  );
});

test("it rests on the way, however the rows lie", () => {
  const up = rowsOf(Array.from({ length: 10_000 }, (_, i) => i));
  const down = rowsOf(Array.from({ length: 10_000 }, (_, i) => 10_000 - i));
  for (const rows of [up, down]) {
    const { value, rests } = run(sort(rows, byKey));
    assert.deepEqual(value, rows.toSorted(byKey));
    assert.ok(rests >= 10);
  }
});

for (const [count, kind] of [
  [0, "one piece"],
  [200, "one piece"],
  [201, "many"],
  [20_000, "many"],
] as const) {
  test(`${count} rows that match go out in ${kind}, in order, as a JSON array`, async () => {
    const reply = { type: "" } as HttpReply;
    const rows = rowsOf(Array.from({ length: 2 * count }, (_, i) => (i * 7919) % 10_007));
    const matches = (row: Row): boolean => row.nth % 2 === 0;
    const body = await sendRows(reply, new Slices(1), { rows, matches, compare: byKey });
    assert.equal(body instanceof Readable, kind === "many");
    const sent = body instanceof Readable ? (JSON.parse(await text(body)) as readonly Row[]) : body;
    assert.deepEqual(sent, rows.filter(matches).toSorted(byKey));
  });
}

test("a row that cannot be made is an error of the answer", async () => {
  function* rows(): Generator<Row> {
    yield { key: 1, nth: 1 };
    throw new Error("broken");
  }
  const wanted = { rows: rows(), matches: () => true, compare: byKey };
  await assert.rejects(sendRows({ type: "" } as HttpReply, new Slices(), wanted), /broken/);
});
