// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import os from "node:os";
import { test } from "node:test";
import { recordProcess, recordedProcesses } from "./managed-process.ts";
import { identify } from "../../base/sys/process-identity.ts";

test("a record that is removed while all are read is passed over", () => {
  const folder = mkdtempSync(`${os.tmpdir()}/weft-records-`);
  try {
    const here = { name: "b", argv: ["true"], log: `${folder}/b.log`, identity: identify(process.pid)! };
    recordProcess(folder, here);
    // In the listing, and not there to be read.
    symlinkSync(`${folder}/gone`, `${folder}/a.process.json`);
    assert.deepEqual(recordedProcesses(folder), [here]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
