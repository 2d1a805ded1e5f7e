// SPDX-License-Identifier: Apache-2.0
import type { MetricKind, Metrics } from "../../base/run/metrics.ts";

/** Makes metrics of totals that the kernel counts, which begin anew when a table was made again. */
export class KernelCounter {
  readonly #metrics: Metrics;
  readonly #last = new Map<string, number>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  count<L extends string>(kind: MetricKind<L>, labels: Readonly<Record<L, string>>, total: number): void {
    const name = `${kind.name} ${Object.values(labels).join(" ")}`;
    const before = this.#last.get(name) ?? 0;
    // A table begins at 0, and of one that could not be read nothing else is known: what it has counted since is told when it is more.
    if (total > 0) this.#last.set(name, total);
    this.#metrics.add(kind, labels, total < before ? total : total - before);
  }
}
