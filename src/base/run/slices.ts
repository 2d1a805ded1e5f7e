// SPDX-License-Identifier: Apache-2.0
import { setImmediate } from "node:timers/promises";

/** How long the loop may be kept from the traffic for the sake of a question, ms. */
const longest = 0.5;

/**
 * Long answers in short pieces: one piece per turn of the loop, whoever asks and however many, so that many who ask wait for
 * one another and not the traffic for them.
 */
export class Slices {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` when it is its turn; that stops as soon as `goOn` says so. */
  run<T>(work: (goOn: () => boolean) => T): Promise<T> {
    const turn = this.#last.then(async () => {
      await setImmediate();
      const end = performance.now() + longest;
      return work(() => performance.now() < end);
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
