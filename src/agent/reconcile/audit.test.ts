// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "../../base/run/clock.ts";
import { Audit, type AuditOptions, auditPause } from "./audit.ts";

test("audits of very many objects come less often, but within ten periods", () => {
  assert.equal(auditPause(60_000, 0), 60_000);
  assert.equal(auditPause(60_000, 12_000), 60_000);
  assert.equal(auditPause(60_000, 50_000), 250_000);
  assert.equal(auditPause(60_000, 1_000_000), 600_000);
  assert.equal(auditPause(5_000, 50_000), 50_000);
});

test("a look that fails is told to who asked, and the next one and the end do not wait for ever", async () => {
  const broken = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error("broken")) }) };
  const kernel = { opened: () => [""], snapshotInSlices: () => broken };
  const audit = new Audit({ kernel, clock: new ManualClock() } as unknown as AuditOptions);
  const [first, second] = [audit.look(() => undefined), audit.look(() => undefined)];
  const told = Promise.all([assert.rejects(first, /broken/), assert.rejects(second, /broken/)]);
  await audit.stop();
  await told;
});
