// SPDX-License-Identifier: Apache-2.0
/**
 * A counter, gauge or histogram, declared once in the `events.ts` of its component. Prometheus names: `weft_` prefix, base
 * units, `_total` for counters; labels must be few and bounded (a peer or a network, never a MAC, an IP or a flow).
 */
export interface MetricKind<L extends string = never> {
  readonly type: "counter" | "gauge" | "histogram";
  readonly name: string;
  readonly help: string;
  readonly labels: readonly L[];
}

/** Takes one sample of a {@link SampleSource}. */
export type PutSample = <L extends string>(kind: MetricKind<L>, labels: Readonly<Record<L, string>>, value: number) => void;

/** Samples of things of which there may be thousands: read at the scrape, with turns of the loop in between. */
export interface SampleSource {
  /** Everything that {@link samples} puts. */
  readonly kinds: readonly MetricKind<string>[];
  /** Puts the samples of one thing between two `yield`s. */
  samples(put: PutSample): Iterable<void>;
}

/** How often something took at most so long, as Prometheus has it: the counts add up. */
export interface Histogram {
  readonly kind: MetricKind;
  /** Upper bounds with how many were below or at them, ascending. */
  readonly buckets: readonly (readonly [bound: number, count: number])[];
  readonly count: number;
  readonly sum: number;
}

export function counter<L extends string = never>(name: string, help: string, labels: readonly L[] = []): MetricKind<L> {
  return { type: "counter", name, help, labels };
}

export function gauge<L extends string = never>(name: string, help: string, labels: readonly L[] = []): MetricKind<L> {
  return { type: "gauge", name, help, labels };
}

export function histogram(name: string, help: string): MetricKind {
  return { type: "histogram", name, help, labels: [] };
}

/** Where counts go. Reading is for tests and for status; scraping is the inspect server's business. */
export interface Metrics {
  add<L extends string>(kind: MetricKind<L>, labels: Readonly<Record<L, string>>, n?: number): void;
  set<L extends string>(kind: MetricKind<L>, labels: Readonly<Record<L, string>>, value: number): void;
  /** Drops every sample of a gauge, before all that there are now are set: what is gone must not linger. */
  clear(kind: MetricKind<string>): void;
  /** Called at each scrape, for values that are cheaper to read than to keep. */
  onScrape(collect: () => void): void;
  addSource(source: SampleSource): void;
  /** Read at each scrape. */
  addHistogram(read: () => Histogram): void;
}

/** For tests: what {@link MemoryMetrics.scrape} made of the sources is in `values` too. `values.get('weft_x_total{peer="10.0.0.4"}')`. */
export class MemoryMetrics implements Metrics {
  readonly values = new Map<string, number>();
  readonly #collectors: (() => void)[] = [];

  add<L extends string>(kind: MetricKind<L>, labels: Readonly<Record<L, string>>, n = 1): void {
    const key = metricKey(kind.name, labels);
    this.values.set(key, (this.values.get(key) ?? 0) + n);
  }

  set<L extends string>(kind: MetricKind<L>, labels: Readonly<Record<L, string>>, value: number): void {
    this.values.set(metricKey(kind.name, labels), value);
  }

  clear(kind: MetricKind<string>): void {
    for (const key of this.values.keys()) if (key === kind.name || key.startsWith(`${kind.name}{`)) this.values.delete(key);
  }

  onScrape(collect: () => void): void {
    this.#collectors.push(collect);
  }

  addSource(source: SampleSource): void {
    this.#collectors.push(() => {
      for (const kind of source.kinds) this.clear(kind);
      Array.from(source.samples((kind, labels, value) => this.set(kind, labels, value)));
    });
  }

  addHistogram(): void {
    // Nobody asks for one in memory.
  }

  /** What a scrape would see. */
  scrape(): ReadonlyMap<string, number> {
    for (const collect of this.#collectors) collect();
    return this.values;
  }
}

function metricKey(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([k, v]) => `${k}="${v}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
}
