// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { ManualClock } from "../base/run/clock.ts";
import { MemoryReturn } from "./memory-return.ts";

const mb = 1 << 20;

test("memory is given back once for each growth, and never while there is none", () => {
  const clock = new ManualClock();
  let resident = 100 * mb;
  let times = 0;
  const memory = new MemoryReturn(
    clock,
    () => resident,
    () => {
      times++;
      resident -= 5 * mb;
    },
  );
  clock.advance(60_000);
  assert.equal(times, 0);
  resident = 120 * mb;
  clock.advance(60_000);
  assert.deepEqual([times, resident / mb], [1, 115]);
  resident = 90 * mb;
  clock.advance(10_000);
  resident = 99 * mb;
  clock.advance(10_000);
  assert.equal(times, 2, "measured from the lowest that it was since");
  memory.stop();
  resident = 500 * mb;
  clock.advance(60_000);
  assert.equal(times, 2);
});

/** In a process of its own: in one that ran a thousand tests before, memory that they freed is taken first, and nothing grows. */
const child = `
  import { returnFreeMemory } from ${JSON.stringify(new URL("../base/sys/free-memory.ts", import.meta.url).href)};
  const rss = () => process.memoryUsage.rss();
  const before = rss();
  // Small pieces come from the heap of the C library, not from pages of their own.
  const pieces = Array.from({ length: 3000 }, () => Buffer.allocUnsafeSlow(20_000).fill(1));
  const grown = rss();
  for (const p of pieces) p.buffer.transfer(0);
  returnFreeMemory();
  console.log(JSON.stringify([before, grown, rss()]));
`;

test("what was freed leaves the process", () => {
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", child], { encoding: "utf8" });
  const [before, grown, after] = JSON.parse(said) as [number, number, number];
  assert.ok(grown > before + 40 * mb, said);
  assert.ok(after < grown - 30 * mb, said);
});
