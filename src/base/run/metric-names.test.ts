// SPDX-License-Identifier: Apache-2.0
/** What `promtool check metrics` would say, and https://prometheus.io/docs/practices/naming/ besides. */
import assert from "node:assert/strict";
import { globSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { MetricKind } from "./metrics.ts";

const root = path.resolve(import.meta.dirname, "../..");

function isMetric(value: unknown): value is MetricKind<string> {
  return typeof value === "object" && value !== null && "type" in value && "help" in value && "labels" in value;
}

const kinds: MetricKind<string>[] = [];
for (const file of globSync("**/{events,*-events}.ts", { cwd: root })) {
  kinds.push(...Object.values((await import(path.join(root, file))) as Record<string, unknown>).filter(isMetric));
}

/** Not base units, or not units at all. */
const foreignUnits =
  /_(milliseconds?|ms|microseconds?|minutes?|hours?|days?|octets|kilobytes|kb|megabytes|mb|bits|percent|ratio_percent)(_|$)/;
/** The unit stands last, but for the suffixes that Prometheus gives a meaning. */
const units = ["seconds", "bytes"];
const suffixes = ["total", "info"];

function faults(k: MetricKind<string>): readonly string[] {
  const parts = k.name.split("_");
  const found: string[] = [];
  const wrong = (condition: boolean, what: string): void => void (condition && found.push(what));
  wrong(!/^weft(_[a-z][a-z0-9]*)+$/.test(k.name), "is not weft_ and words of lower case");
  wrong((k.type === "counter") !== k.name.endsWith("_total"), "_total is for counters, and for all of them");
  wrong(/_(count|sum|bucket)$/.test(k.name), "ends as the parts of a histogram do");
  wrong(/_(counter|gauge|histogram)(_|$)/.test(k.name), "says its type");
  wrong(foreignUnits.test(k.name), "is not in base units");
  const bare = parts.filter((p) => !suffixes.includes(p));
  wrong(
    bare.slice(0, -1).some((p) => units.includes(p)),
    "has its unit in the middle",
  );
  wrong(k.type === "histogram" && !units.includes(parts.at(-1)!), "is a histogram of what?");
  for (const label of k.labels) {
    wrong(!/^[a-z][a-z0-9_]*$/.test(label), `label ${label} is not lower case`);
    wrong(label.startsWith("__") || ["le", "quantile", "job", "instance"].includes(label), `label ${label} is taken`);
  }
  wrong(new Set(k.labels).size !== k.labels.length, "has a label twice");
  wrong(k.help.trim() === "" || k.help.includes("\n"), "has no help of one line");
  return found;
}

for (const kind of kinds) test(`${kind.name} keeps the conventions`, () => assert.deepEqual(faults(kind), []));

test("every name stands for one metric", () => {
  assert.ok(kinds.length > 40);
  assert.equal(new Set(kinds.map((k) => k.name)).size, kinds.length);
});

test("the rules catch what breaks them", () => {
  const kind = (name: string, type: MetricKind["type"] = "gauge"): MetricKind<string> => ({ name, type, help: "x", labels: [] });
  for (const bad of [
    kind("weft_Drops"),
    kind("weft_drops", "counter"),
    kind("weft_drops_total"),
    kind("weft_wait_ms"),
    kind("weft_bytes_sent"),
    kind("weft_lag", "histogram"),
    { ...kind("weft_a"), labels: ["le"] },
    { ...kind("weft_a"), help: "" },
  ])
    assert.notDeepEqual(faults(bad), [], bad.name);
});
