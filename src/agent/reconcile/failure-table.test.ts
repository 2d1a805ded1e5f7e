// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { keyOf } from "../desired/object.ts";
import { FailureTable } from "./failure-table.ts";
import { RestlessTable } from "./restless-table.ts";

const key = keyOf({ kind: "link", ns: "", name: "br1" });
const failure = { errnoName: "EBUSY", message: "busy" };

test("each failure waits twice as long as the one before, half a minute at most", () => {
  const table = new FailureTable();
  const waits: number[] = [];
  for (let i = 0; i < 10; i++) waits.push(table.record(key, failure, 0, 0).retryAt);
  assert.deepEqual(waits, [200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
  assert.deepEqual([table.due(29_999), table.due(30_000), table.nextRetry()], [[], [key], 30_000]);
  assert.equal(table.clear(key)?.attempts, 10);
  assert.deepEqual([table.clear(key), table.nextRetry(), table.size], [undefined, undefined, 0]);
});

test("what works but is undone again and again is a failure, too, and rests meanwhile", () => {
  const restless = new RestlessTable();
  const quick = Array.from({ length: 10 }, (_, i) => restless.repaired(key, i * 100));
  assert.deepEqual(quick, [...Array<boolean>(9).fill(false), true]);
  const slow = Array.from({ length: 30 }, (_, i) => restless.repaired(key, 20_000 + i * 5000));
  assert.ok(!slow.includes(true));
  const table = new FailureTable();
  table.record(key, { errnoName: "RESTLESS", message: "" }, 0, 0);
  assert.deepEqual([table.isPaused(key, 199), table.isPaused(key, 200)], [true, false]);
});

test("what was repaired a while ago is not remembered", () => {
  const restless = new RestlessTable();
  for (let i = 0; i < 50; i++) assert.equal(restless.repaired(keyOf({ kind: "link", ns: "", name: `net${i}` }), i), false);
  assert.equal(restless.size, 50);
  restless.repaired(key, 10_020);
  assert.equal(restless.size, 31, "those of the last ten seconds");
  restless.repaired(key, 20_000);
  assert.equal(restless.size, 1);
});
