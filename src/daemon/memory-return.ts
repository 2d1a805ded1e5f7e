// SPDX-License-Identifier: Apache-2.0
import type { Clock, Timer } from "../base/run/clock.ts";
import { returnFreeMemory } from "../base/sys/free-memory.ts";

const lookedAt = 10_000;
/** Octets that the process has to have grown by: less is not worth the pause. */
const worthIt = 8 << 20;

/** Gives free memory back after the process has grown: what a burst needed shall not stay for good. */
export class MemoryReturn {
  readonly #timer: Timer;
  readonly #resident: () => number;
  readonly #giveBack: () => void;
  #last: number;

  constructor(clock: Clock, resident = (): number => process.memoryUsage.rss(), giveBack = returnFreeMemory) {
    this.#resident = resident;
    this.#giveBack = giveBack;
    this.#last = resident();
    this.#timer = clock.every(lookedAt, () => this.#look());
  }

  stop(): void {
    this.#timer.cancel();
  }

  #look(): void {
    const now = this.#resident();
    if (now < this.#last + worthIt) {
      this.#last = Math.min(this.#last, now);
      return;
    }
    this.#giveBack();
    this.#last = this.#resident();
  }
}
