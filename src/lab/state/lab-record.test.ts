// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { LabError } from "../errors.ts";
import { hasRecord, isClaimed, knownLab } from "./lab-record.ts";

// A folder of a lab is removed with all that is in it, so a text that leads elsewhere must be no lab.
for (const name of ["", ".", "..", "../weft-lab", "/", "a/../..", "x".repeat(300)]) {
  test(`"${name.slice(0, 20)}" is no lab`, () => {
    assert.equal(isClaimed(name), false);
    assert.equal(hasRecord(name), false);
    assert.throws(() => knownLab(name), LabError);
  });
}
