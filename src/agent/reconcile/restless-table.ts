// SPDX-License-Identifier: Apache-2.0
import type { ObjectKey } from "../desired/object.ts";

/** So many repairs of one object … */
const most = 10;
/** … in this time, ms, and it is a fight with somebody, not a repair. */
const windowMs = 10_000;

/** Counts repairs per object, to notice another program that wants something else and would keep both busy for good. */
export class RestlessTable {
  /** By the beginning of their time, oldest first. */
  readonly #counts = new Map<ObjectKey, { count: number; readonly since: number }>();

  get size(): number {
    return this.#counts.size;
  }

  /** @returns whether this one was too many; the count begins anew then */
  repaired(key: ObjectKey, now: number): boolean {
    this.#forgetOld(now);
    const known = this.#counts.get(key);
    if (!known) {
      this.#counts.set(key, { count: 1, since: now });
      return false;
    }
    if (++known.count < most) return false;
    this.#counts.delete(key);
    return true;
  }

  /** One that is repaired once in its life is not remembered for all of ours. */
  #forgetOld(now: number): void {
    for (const [key, { since }] of this.#counts) {
      if (now - since <= windowMs) return;
      this.#counts.delete(key);
    }
  }
}
