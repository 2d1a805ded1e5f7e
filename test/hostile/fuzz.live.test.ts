// SPDX-License-Identifier: Apache-2.0
/** A minute of variations of sound input for everything that reads octets: `fuzz/README.md`. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import path from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { seedOfTests } from "../harness/dice.ts";

test("a minute of fuzzing finds nothing", async (t) => {
  const seed = seedOfTests();
  t.diagnostic(`seed ${seed}`);
  const run = path.join(import.meta.dirname, "../../fuzz/run.ts");
  const child = spawn(process.execPath, [run, "--seconds", "60", "--seed", String(seed)], { stdio: ["ignore", "pipe", "inherit"] });
  const closed = new Promise((resolve) => child.once("close", resolve));
  const output = await text(child.stdout);
  assert.equal(await closed, 0, output);
  t.diagnostic(output.trimEnd().split("\n").at(-1)!);
});
