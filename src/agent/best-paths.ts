// SPDX-License-Identifier: Apache-2.0
import type { Clock, Timer } from "../base/run/clock.ts";
import type { BestChange } from "../bgp/rib/types.ts";

/** Best paths per turn of the loop: importing 1,000 takes some 5 ms (bench/figures/fib.ts). */
const slice = 1000;

/** What the RIB selected, on its way to the EVPN tables: a full table comes in pieces of many thousands and is taken in smaller ones, with turns of the loop between. */
export class BestPaths {
  readonly #clock: Clock;
  readonly #take: (changes: readonly BestChange[]) => void;
  readonly #waiting: (readonly BestChange[])[] = [];
  #due: Timer | undefined;

  constructor(clock: Clock, take: (changes: readonly BestChange[]) => void) {
    this.#clock = clock;
    this.#take = take;
  }

  /** Some are not in the EVPN tables yet. */
  get isBusy(): boolean {
    return this.#waiting.length > 0;
  }

  add(changes: readonly BestChange[]): void {
    if (this.#waiting.length === 0 && changes.length <= slice) return this.#take(changes);
    for (let at = 0; at < changes.length; at += slice) this.#waiting.push(changes.slice(at, at + slice));
    this.#due ??= this.#clock.soon(() => this.#next());
  }

  stop(): void {
    this.#due?.cancel();
  }

  #next(): void {
    this.#due = undefined;
    const changes = this.#waiting.shift();
    if (changes) this.#take(changes);
    if (this.#waiting.length > 0) this.#due = this.#clock.soon(() => this.#next());
  }
}
