// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { autoRouteTarget, parseImportTarget } from "./route-target.ts";

test("automatic: the AS, of a four-octet one the low 16 bits, and the VNI", () => {
  assert.equal(autoRouteTarget(65000, 100), "65000:100");
  assert.equal(autoRouteTarget(4_200_000_000, 0xffffff), `${4_200_000_000 % 65536}:16777215`);
});

test("import lists take wildcards and every form of route target", () => {
  const same = ["*:100", "65000:100", "10.0.0.1:7", "4200000000:1", "65000L:1"];
  assert.deepEqual(same.map(parseImportTarget), same);
  for (const wrong of ["*", "*:", "*:4294967296", "*:01", "65000", "1.2.3:4", "4200000000:65536", ""])
    assert.equal(parseImportTarget(wrong), undefined, wrong);
});
