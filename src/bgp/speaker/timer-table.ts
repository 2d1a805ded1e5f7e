// SPDX-License-Identifier: Apache-2.0
import type { Clock, Timer } from "../../base/run/clock.ts";

interface Entry {
  /** By the clock, ms. */
  deadline: number;
  /** When the underlying timer fires: never after the deadline. */
  firesAt: number;
  timer: Timer;
}

/**
 * Named timers that are restarted far more often than they expire: moving a deadline away costs no timer.
 * Before a timer counts as expired the event loop gets one more turn: after a long pause of the process, what the peer
 * sent meanwhile is read first and may restart it.
 */
export class TimerTable<Name extends string> {
  readonly #clock: Clock;
  readonly #expired: (name: Name) => void;
  readonly #afterReading: (run: () => void) => void;
  readonly #entries = new Map<Name, Entry>();

  constructor(clock: Clock, expired: (name: Name) => void, afterReading: (run: () => void) => void = setImmediate) {
    this.#clock = clock;
    this.#expired = expired;
    this.#afterReading = afterReading;
  }

  /** Starts or restarts. */
  start(name: Name, ms: number): void {
    const deadline = this.#clock.now() + ms;
    const entry = this.#entries.get(name);
    if (entry && entry.firesAt <= deadline) {
      entry.deadline = deadline;
      return;
    }
    entry?.timer.cancel();
    this.#entries.set(name, this.#arm(name, deadline));
  }

  stop(name: Name): void {
    this.#entries.get(name)?.timer.cancel();
    this.#entries.delete(name);
  }

  stopAll(): void {
    for (const entry of this.#entries.values()) entry.timer.cancel();
    this.#entries.clear();
  }

  #arm(name: Name, deadline: number): Entry {
    const entry: Entry = { deadline, firesAt: deadline, timer: { cancel() {} } };
    entry.timer = this.#clock.after(Math.max(0, deadline - this.#clock.now()), () => this.#fired(name, entry));
    return entry;
  }

  #fired(name: Name, entry: Entry): void {
    if (this.#entries.get(name) !== entry) return;
    if (this.#left(entry) > 0) {
      this.#entries.set(name, this.#arm(name, entry.deadline));
      return;
    }
    this.#afterReading(() => {
      if (this.#entries.get(name) !== entry) return;
      if (this.#left(entry) > 0) {
        this.#entries.set(name, this.#arm(name, entry.deadline));
        return;
      }
      this.#entries.delete(name);
      this.#expired(name);
    });
  }

  /** Timers of Node may fire up to a millisecond early. */
  #left(entry: Entry): number {
    return Math.max(0, entry.deadline - this.#clock.now() - 1);
  }
}
