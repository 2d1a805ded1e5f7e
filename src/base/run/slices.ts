// SPDX-License-Identifier: Apache-2.0
import { setImmediate } from "node:timers/promises";

/** How long the loop may be kept from the traffic for the sake of a question, ms; more where fewer ask. */
const defaultLongest = 0.5;

/**
 * Long answers in short pieces: one piece per turn of the loop, whoever asks and however many, so that many who ask wait for
 * one another and not the traffic for them.
 */
export class Slices {
  readonly #longest: number;
  #last: Promise<unknown> = Promise.resolve();

  /** @param longest of one slice, ms */
  constructor(longest = defaultLongest) {
    this.#longest = longest;
  }

  /** Runs `work` when it is its turn; that stops as soon as `goOn` says so. */
  run<T>(work: (goOn: () => boolean) => T): Promise<T> {
    const turn = this.#last.then(async () => {
      await setImmediate();
      const end = performance.now() + this.#longest;
      return work(() => performance.now() < end);
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Runs to its end what yields wherever it may rest. @returns what it returned */
  async through<T>(work: Generator<unknown, T>): Promise<T> {
    for (;;) {
      const last = await this.run((goOn) => {
        let step = work.next();
        while (step.done !== true && goOn()) step = work.next();
        return step;
      });
      if (last.done === true) return last.value;
    }
  }
}
