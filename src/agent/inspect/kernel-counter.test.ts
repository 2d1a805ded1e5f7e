// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryMetrics } from "../../base/run/metrics.ts";
import * as ev from "../events.ts";
import { KernelCounter } from "./kernel-counter.ts";

test("what the kernel counts is told once, also after a table that was made again or could not be read", () => {
  const metrics = new MemoryMetrics();
  const counter = new KernelCounter(metrics);
  const told = [100, 150, 0, 150, 160, 7, 9].map((total) => {
    counter.count(ev.natDropped, { domain: "", reason: "not_forwarded" }, total);
    return [...metrics.values.values()][0];
  });
  assert.deepEqual(told, [100, 150, 150, 150, 160, 167, 169]);
});
