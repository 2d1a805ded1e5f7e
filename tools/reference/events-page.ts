// SPDX-License-Identifier: Apache-2.0
import { globSync } from "node:fs";
import path from "node:path";
import type { EventKind } from "../../src/base/run/journal.ts";
import type { MetricKind } from "../../src/base/run/metrics.ts";
import { page, table } from "./markdown.ts";

type AnyEvent = EventKind<Readonly<Record<string, string>>>;

/** Every field is its own name in angle brackets: the sentence becomes a pattern. */
const namedFields = new Proxy<Record<string, string>>({}, { get: (_target, name) => `<${String(name)}>` });

function isEvent(value: object): value is AnyEvent {
  return "event" in value && "message" in value;
}

function isMetric(value: object): value is MetricKind<string> {
  return "type" in value && "name" in value && "help" in value;
}

export async function eventsPage(): Promise<string> {
  const events: AnyEvent[] = [];
  const metrics: MetricKind<string>[] = [];
  for (const file of globSync("src/**/{events,*-events}.ts").toSorted()) {
    const module = (await import(path.resolve(file))) as Readonly<Record<string, unknown>>;
    for (const value of Object.values(module)) {
      if (typeof value !== "object" || value === null) continue;
      if (isEvent(value)) events.push(value);
      else if (isMetric(value)) metrics.push(value);
    }
  }
  const byName = (a: { readonly name: string }, b: { readonly name: string }): number => a.name.localeCompare(b.name);
  return page("Events and metrics", "the `events.ts` of each component", [
    "## Events",
    "In the log, in `weft events` and at `/v1/events`. Names are stable; the fields stand in angle brackets.",
    table(
      ["event", "level", "says"],
      events
        .toSorted((a, b) => a.event.localeCompare(b.event))
        .map((e) => [`\`${e.event}\``, e.level, `\`${e.message(namedFields).replaceAll("NaN", "<count>")}\``]),
    ),
    "## Metrics",
    "At `/metrics` of the local socket, and of `metrics.listen`; besides those of Node.js and of the process (`process_…`, `nodejs_…`).",
    table(
      ["metric", "type", "labels", "meaning"],
      metrics.toSorted(byName).map((m) => [`\`${m.name}\``, m.type, m.labels.map((l) => `\`${l}\``).join(", "), m.help]),
    ),
  ]);
}
