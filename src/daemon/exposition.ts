// SPDX-License-Identifier: Apache-2.0
import type { Histogram, MetricKind } from "../base/run/metrics.ts";

/**
 * Samples in Prometheus' text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/). They come thing by
 * thing and have to stand kind by kind, so each kind gathers its lines.
 */
export class SampleText {
  readonly #lines: Map<string, string[]>;
  readonly #kinds: readonly MetricKind<string>[];

  constructor(kinds: readonly MetricKind<string>[]) {
    this.#kinds = kinds;
    this.#lines = new Map(kinds.map((k) => [k.name, []]));
  }

  put(kind: MetricKind<string>, labels: Readonly<Record<string, string>>, value: number): void {
    this.#lines.get(kind.name)!.push(`${kind.name}${labelText(labels)} ${value}\n`);
  }

  finish(): string {
    const parts: string[] = [];
    for (const kind of this.#kinds) {
      const lines = this.#lines.get(kind.name)!;
      if (lines.length > 0) parts.push(headText(kind), ...lines);
    }
    return parts.join("");
  }
}

export function histogramText({ kind, buckets, count, sum }: Histogram): string {
  const lines = [...buckets, ["+Inf", count] as const].map(([bound, n]) => `${kind.name}_bucket{le="${bound}"} ${n}\n`);
  return `${headText(kind)}${lines.join("")}${kind.name}_sum ${sum}\n${kind.name}_count ${count}\n`;
}

function headText({ name, help, type }: MetricKind<string>): string {
  return `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n# TYPE ${name} ${type}\n`;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
