// SPDX-License-Identifier: Apache-2.0
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Histogram } from "../base/run/metrics.ts";
import { loopLag } from "./events.ts";

/** How often the loop is looked at, ms. */
const period = 20;
/** Upper bounds in seconds. */
const bounds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5];
const nanoseconds = 1e9;

/** How late the loop gets round to a timer: what everybody waits for who wants something of this process. */
export class LoopLag {
  readonly #delays = monitorEventLoopDelay({ resolution: period });
  readonly #before: number[] = bounds.map(() => 0);

  start(): void {
    this.#delays.enable();
  }

  stop(): void {
    this.#delays.disable();
  }

  read(): Histogram {
    const { count, mean } = this.#delays;
    const lag = count === 0 ? 0 : Math.max(0, mean / nanoseconds - period / 1000);
    const buckets = bounds.map((bound, i): readonly [number, number] => {
      // Found by halving, hence not to the last one: it must not fall from one scrape to the next.
      this.#before[i] = Math.min(count, Math.max(this.#before[i]!, this.#atMost(bound)));
      return [bound, this.#before[i]];
    });
    return { kind: loopLag, buckets, count, sum: lag * count };
  }

  /** Node's histogram tells values by percentile, and counts only that way round. */
  #atMost(seconds: number): number {
    const { count } = this.#delays;
    if (count === 0) return 0;
    const value = seconds * nanoseconds + period * 1e6;
    let [low, high] = [0, 100];
    if (this.#delays.percentile(high) <= value) return count;
    for (let i = 0; i < 30; i++) {
      const middle = (low + high) / 2;
      if (this.#delays.percentile(middle) <= value) low = middle;
      else high = middle;
    }
    return Math.round((low / 100) * count);
  }
}
