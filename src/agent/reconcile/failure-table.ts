// SPDX-License-Identifier: Apache-2.0
import { backoffDelay } from "../../base/run/backoff.ts";
import type { ObjectKey } from "../desired/object.ts";
import type { OpFailure } from "../kernel/apply.ts";

export interface Failing {
  readonly failure: OpFailure;
  readonly attempts: number;
  /** On the clock's `now` scale, ms. */
  readonly retryAt: number;
  /** Wall clock, ms since the epoch. */
  readonly since: number;
}

const firstRetry = 200;
const longestRetry = 30_000;

/** Objects whose last attempt failed, and when each is tried again. */
export class FailureTable {
  readonly #failing = new Map<ObjectKey, Failing>();

  get size(): number {
    return this.#failing.size;
  }

  get(key: ObjectKey): Failing | undefined {
    return this.#failing.get(key);
  }

  /** It works, but somebody undoes it at once: events about it do not count until its time has come. */
  isPaused(key: ObjectKey, now: number): boolean {
    const f = this.#failing.get(key);
    return f !== undefined && f.failure.errnoName === "RESTLESS" && f.retryAt > now;
  }

  entries(): Iterable<readonly [ObjectKey, Failing]> {
    return this.#failing;
  }

  record(key: ObjectKey, failure: OpFailure, now: number, wall: number): Failing {
    const before = this.#failing.get(key);
    const attempts = (before?.attempts ?? 0) + 1;
    const retryAt = now + backoffDelay(attempts - 1, firstRetry, longestRetry);
    const failing = { failure, attempts, retryAt, since: before?.since ?? wall };
    this.#failing.set(key, failing);
    return failing;
  }

  /** @returns what was wrong with it before */
  clear(key: ObjectKey): Failing | undefined {
    const before = this.#failing.get(key);
    if (before) this.#failing.delete(key);
    return before;
  }

  /** Objects whose time has come. */
  due(now: number): ObjectKey[] {
    return [...this.#failing].filter(([, f]) => f.retryAt <= now).map(([key]) => key);
  }

  nextRetry(): number | undefined {
    let next: number | undefined;
    for (const f of this.#failing.values()) if (next === undefined || f.retryAt < next) next = f.retryAt;
    return next;
  }
}
