// SPDX-License-Identifier: Apache-2.0
/** Handle of a pending timer; `cancel` may be called twice. */
export interface Timer {
  cancel(): void;
}

/** The only source of time and timers outside pure folders; tests pass {@link ManualClock}, recordings note what it says. Milliseconds throughout. */
export interface Clock {
  /** Monotonic, from an arbitrary start. */
  now(): number;
  /** Since the epoch, for what people read. */
  wall(): number;
  after(ms: number, run: () => void): Timer;
  every(ms: number, run: () => void): Timer;
  /** In the next turn of the loop, after the input that is there. */
  soon(run: () => void): Timer;
}

/** Lets the loop have a turn. */
export function nextTurn(clock: Clock): Promise<void> {
  return new Promise((resolve) => void clock.soon(resolve));
}

function soon(run: () => void): Timer {
  const t = setImmediate(run);
  return { cancel: () => clearImmediate(t) };
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, run) {
    const t = setTimeout(run, ms);
    return { cancel: () => clearTimeout(t) };
  },
  every(ms, run) {
    const t = setInterval(run, ms);
    return { cancel: () => clearInterval(t) };
  },
  soon,
};

/** A clock that moves when told; runs due timers in order of their time. */
export class ManualClock implements Clock {
  #now = 0;
  #pending: { at: number; period: number | undefined; run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  wall(): number {
    return 1_700_000_000_000 + this.#now;
  }

  after(ms: number, run: () => void): Timer {
    return this.#add({ at: this.#now + ms, period: undefined, run });
  }

  every(ms: number, run: () => void): Timer {
    return this.#add({ at: this.#now + ms, period: ms, run });
  }

  /** A turn of the real loop: time has no part in it. */
  soon(run: () => void): Timer {
    return soon(run);
  }

  #add(entry: { at: number; period: number | undefined; run: () => void }): Timer {
    this.#pending.push(entry);
    return { cancel: () => void (this.#pending = this.#pending.filter((p) => p !== entry)) };
  }

  /** Moves time on by `ms`, running everything that falls due on the way. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const next = this.#pending.filter((p) => p.at <= until).toSorted((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#now = next.at;
      if (next.period === undefined) this.#pending = this.#pending.filter((p) => p !== next);
      else next.at += next.period;
      next.run();
    }
    this.#now = until;
  }
}
