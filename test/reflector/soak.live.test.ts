// SPDX-License-Identifier: Apache-2.0
/** A minute of what `bench/soak.ts` does for an hour. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { seedOfTests } from "../harness/dice.ts";
import { Scratch } from "../harness/scratch.ts";
import { Soak } from "./soak.ts";

const net = new Scratch("soak");
after(() => net.remove());

test("after a minute of everything at random all clients hold what they should, and memory is what the routes need", async () => {
  const seed = seedOfTests();
  const lines: string[] = [];
  const soak = new Soak(net, { clients: 12, routes: 20_000, seconds: 60, seed, tell: (line) => lines.push(line) });
  const result = await soak.run().catch((cause: unknown) => {
    throw new Error(`WEFT_SEED=${seed}\n${lines.join("\n")}`, { cause });
  });
  const said = JSON.stringify({ seed, ...result });
  assert.ok(result.comparisons >= 4 && result.resets > 0 && result.stalls > 0 && result.moved > 0, said);
  assert.ok(result.memory <= result.memoryOfNew * 1.1, said);
});
