// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { AlreadyRunningError } from "./errors.ts";
import { RunDirectory } from "./run-directory.ts";

const folder = mkdtempSync(path.join(tmpdir(), "weft-run-"));
after(() => rmSync(folder, { recursive: true }));

test("one at a time: a second one is refused at once, or after it has waited in vain", async () => {
  const [owner, second] = [new RunDirectory(`${folder}/a`), new RunDirectory(`${folder}/a`)];
  owner.claim();
  assert.throws(() => second.claim(), AlreadyRunningError);
  await assert.rejects(second.claimFromPredecessor(), (e) => e instanceof AlreadyRunningError && e.pid === process.pid);
  owner.release();
  second.claim();
  assert.ok(second.hadPredecessor);
  second.release();
});

test("a successor waits for an owner that stops, and then is the only one", async () => {
  const [owner, second, third] = [1, 2, 3].map(() => new RunDirectory(`${folder}/b`)) as [RunDirectory, RunDirectory, RunDirectory];
  owner.claim();
  owner.leaving();
  const remaining = new RunDirectory(`${folder}/remains`);
  remaining.claim();
  const claimed = second.claimFromPredecessor();
  // Begun later, and given up: so long nobody waits for an owner that does not stop.
  await assert.rejects(new RunDirectory(`${folder}/remains`).claimFromPredecessor(), AlreadyRunningError);
  remaining.release();
  owner.release();
  await claimed;
  assert.equal(readFileSync(`${folder}/b/weft.pid`, "utf8"), `${process.pid}\n`);
  assert.throws(() => third.claim(), AlreadyRunningError);
  second.release();
});
