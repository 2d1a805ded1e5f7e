// SPDX-License-Identifier: Apache-2.0
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { Histogram, MetricKind, Metrics, SampleSource } from "../base/run/metrics.ts";
import { histogramText, SampleText } from "./exposition.ts";
import { Slices } from "../base/run/slices.ts";

/** Counters and gauges of this process in Prometheus' text format, with those of Node.js and the operating system. */
export class PrometheusMetrics implements Metrics {
  readonly #registry = new Registry();
  readonly #byName = new Map<string, Counter | Gauge>();
  readonly #collectors: (() => void)[] = [];
  readonly #sources: SampleSource[] = [];
  readonly #histograms: (() => Histogram)[] = [];
  readonly #slices = new Slices();

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  add<L extends string>(kind: MetricKind<L>, labels: Readonly<Record<L, string>>, n = 1): void {
    this.#metric(kind).inc(labels, n);
  }

  set<L extends string>(kind: MetricKind<L>, labels: Readonly<Record<L, string>>, value: number): void {
    const metric = this.#metric(kind);
    if (metric instanceof Gauge) metric.set(labels, value);
    else setCounter(metric, labels, value);
  }

  clear(kind: MetricKind<string>): void {
    this.#byName.get(kind.name)?.reset();
  }

  onScrape(collect: () => void): void {
    this.#collectors.push(collect);
  }

  addSource(source: SampleSource): void {
    this.#sources.push(source);
  }

  addHistogram(read: () => Histogram): void {
    this.#histograms.push(read);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /**
   * What a scrape gets; put together in slices, so that thousands of peers are no pause in the traffic. With `atOnce` in one
   * piece, for a process whose loop has no more turns.
   */
  async text(atOnce = false): Promise<string> {
    for (const collect of this.#collectors) collect();
    const parts = [await this.#registry.metrics(), ...this.#histograms.map((read) => histogramText(read()))];
    for (const source of this.#sources) {
      const text = new SampleText(source.kinds);
      const rest = source.samples((kind, labels, value) => text.put(kind, labels, value))[Symbol.iterator]();
      const slice = (goOn: () => boolean): boolean => {
        while (rest.next().done !== true) if (!goOn()) return false;
        return true;
      };
      if (atOnce) slice(() => true);
      else while (!(await this.#slices.run(slice)));
      parts.push(text.finish());
    }
    return parts.join("");
  }

  #metric<L extends string>(kind: MetricKind<L>): Counter | Gauge {
    const known = this.#byName.get(kind.name);
    if (known) return known;
    const options = { name: kind.name, help: kind.help, labelNames: [...kind.labels], registers: [this.#registry] };
    const made = kind.type === "counter" ? new Counter(options) : new Gauge(options);
    this.#byName.set(kind.name, made);
    return made;
  }
}

/** For counters that somebody else keeps and that are copied at a scrape: they only ever rise, or start again. */
function setCounter(counter: Counter, labels: Readonly<Record<string, string>>, value: number): void {
  counter.remove(labels);
  counter.inc(labels, value);
}
