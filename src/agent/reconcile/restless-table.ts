// SPDX-License-Identifier: Apache-2.0
import type { ObjectKey } from "../desired/object.ts";

/** So many repairs of one object … */
const most = 10;
/** … in this time, ms, and it is a fight with somebody, not a repair. */
const windowMs = 10_000;

/** Counts repairs per object, to notice another program that wants something else and would keep both busy for good. */
export class RestlessTable {
  readonly #counts = new Map<ObjectKey, { count: number; readonly since: number }>();

  /** @returns whether this one was too many; the count begins anew then */
  repaired(key: ObjectKey, now: number): boolean {
    const known = this.#counts.get(key);
    if (!known || now - known.since > windowMs) {
      this.#counts.set(key, { count: 1, since: now });
      return false;
    }
    if (++known.count < most) return false;
    this.#counts.delete(key);
    return true;
  }
}
