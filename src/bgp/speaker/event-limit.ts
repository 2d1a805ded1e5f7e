// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../../base/run/clock.ts";

/** Lets one event per key through in a while and counts the others, so that a flood of faults stays a line in the log. */
export class EventLimit {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #kept: number;
  readonly #last = new Map<string, { at: number; suppressed: number }>();

  /** @param kept how many keys are remembered; the oldest is forgotten first */
  constructor(clock: Clock, everyMs = 10_000, kept = 1000) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#kept = kept;
  }

  /** Calls `emit` with the number of events kept quiet since the last one, or keeps this one quiet. */
  offer(key: string, emit: (suppressed: number) => void): void {
    const now = this.#clock.now();
    const last = this.#last.get(key);
    if (last && now - last.at < this.#everyMs) {
      last.suppressed++;
      return;
    }
    this.#last.delete(key);
    this.#last.set(key, { at: now, suppressed: 0 });
    if (this.#last.size > this.#kept) this.#last.delete(this.#last.keys().next().value!);
    emit(last?.suppressed ?? 0);
  }
}
