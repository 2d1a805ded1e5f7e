// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { auditPause } from "./audit.ts";

test("audits of very many objects come less often, but within ten periods", () => {
  assert.equal(auditPause(60_000, 0), 60_000);
  assert.equal(auditPause(60_000, 12_000), 60_000);
  assert.equal(auditPause(60_000, 50_000), 250_000);
  assert.equal(auditPause(60_000, 1_000_000), 600_000);
  assert.equal(auditPause(5_000, 50_000), 50_000);
});
