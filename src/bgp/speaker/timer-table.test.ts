// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "../../base/run/clock.ts";
import { TimerTable } from "./timer-table.ts";

function table(): { clock: ManualClock; fired: string[]; timers: TimerTable<string>; pending: (() => void)[]; turn(): void } {
  const clock = new ManualClock();
  const fired: string[] = [];
  const pending: (() => void)[] = [];
  const timers = new TimerTable<string>(
    clock,
    (name) => fired.push(`${name}@${clock.now()}`),
    (run) => pending.push(run),
  );
  const turn = (): void => pending.splice(0).forEach((run) => run());
  return { clock, fired, timers, pending, turn };
}

test("expires once, after the loop read what was waiting", () => {
  const t = table();
  t.timers.start("hold", 1000);
  t.clock.advance(1000);
  assert.deepEqual(t.fired, []);
  t.turn();
  assert.deepEqual(t.fired, ["hold@1000"]);
  t.clock.advance(10_000);
  t.turn();
  assert.equal(t.fired.length, 1);
});

test("a restart moves the deadline away, an earlier one brings it near", () => {
  const t = table();
  t.timers.start("hold", 1000);
  t.clock.advance(600);
  t.timers.start("hold", 1000);
  t.clock.advance(999);
  t.turn();
  assert.deepEqual(t.fired, []);
  t.timers.start("hold", 10);
  t.clock.advance(10);
  t.turn();
  assert.equal(t.fired.length, 1);
});

test("what arrives in the last turn still counts", () => {
  const t = table();
  t.timers.start("hold", 1000);
  t.clock.advance(5000);
  t.timers.start("hold", 1000);
  t.turn();
  assert.deepEqual(t.fired, []);
  t.clock.advance(1000);
  t.turn();
  assert.deepEqual(t.fired, ["hold@6000"]);
});

test("a stopped timer stays silent", () => {
  const t = table();
  t.timers.start("hold", 1000);
  t.timers.start("keepalive", 1000);
  t.clock.advance(1000);
  t.timers.stop("hold");
  t.turn();
  assert.deepEqual(t.fired, ["keepalive@1000"]);
  t.timers.start("hold", 5);
  t.timers.stopAll();
  t.clock.advance(100);
  t.turn();
  assert.equal(t.fired.length, 1);
});
