// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { countLosses } from "./ping.ts";

test("losses are counted, and the longest run of them is the gap", () => {
  const answered = new Set([1, 2, 5, 6, 8]);
  assert.deepEqual(countLosses(answered, 8, 10, false), { sent: 8, received: 5, lost: 3, longestGap: 20 });
});

test("the last packet of a stopped ping was still on its way", () => {
  assert.deepEqual(countLosses(new Set([1, 2]), 3, 10, true), { sent: 2, received: 2, lost: 0, longestGap: 0 });
  assert.deepEqual(countLosses(new Set([1, 2]), 3, 10, false), { sent: 3, received: 2, lost: 1, longestGap: 10 });
});

test("nothing answered is everything lost", () => {
  assert.deepEqual(countLosses(new Set(), 4, 10, false), { sent: 4, received: 0, lost: 4, longestGap: 40 });
  assert.deepEqual(countLosses(new Set(), 0, 10, true), { sent: 0, received: 0, lost: 0, longestGap: 0 });
});
