// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Metrics, MemoryMetrics, counter, gauge } from "../base/run/metrics.ts";
import { PrometheusMetrics } from "./prometheus.ts";

const routes = gauge("weft_test_routes", "Routes", ["peer"]);
const flaps = counter("weft_test_flaps_total", "Flaps", ["peer"]);

function samples(text: string): readonly string[] {
  return text.split("\n").filter((line) => line.startsWith("weft_test_"));
}

test("a gauge that is cleared shows only what was set since; counters stay", async () => {
  const metrics = new PrometheusMetrics();
  metrics.clear(routes);
  metrics.set(routes, { peer: "10.0.0.1" }, 5);
  metrics.set(routes, { peer: "10.0.0.2" }, 7);
  metrics.add(flaps, { peer: "10.0.0.1" });
  metrics.onScrape(() => {
    metrics.clear(routes);
    metrics.set(routes, { peer: "10.0.0.2" }, 8);
  });
  assert.deepEqual(samples(await metrics.text()), ['weft_test_routes{peer="10.0.0.2"} 8', 'weft_test_flaps_total{peer="10.0.0.1"} 1']);
});

test("metrics in memory clear the same", () => {
  const memory = new MemoryMetrics();
  const metrics: Metrics = memory;
  metrics.set(routes, { peer: "10.0.0.1" }, 5);
  metrics.add(flaps, { peer: "10.0.0.1" });
  metrics.clear(routes);
  assert.deepEqual([...memory.values], [['weft_test_flaps_total{peer="10.0.0.1"}', 1]]);
});
