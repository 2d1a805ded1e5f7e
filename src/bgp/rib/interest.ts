// SPDX-License-Identifier: Apache-2.0
import { covers, type TargetRange } from "./membership.ts";
import type { RouteTargetSets, TargetsId } from "./route-target-sets.ts";

const unknown = 0;
const wanted = 1;
const notWanted = 2;

/** Which routes a peer asked for: those with a route target in one of its memberships — RFC 4684 §1. */
export class Interest {
  readonly #sets: RouteTargetSets;
  /** Memberships by range; several origin ASes may ask for one. */
  readonly #ranges = new Map<string, { readonly range: TargetRange; count: number }>();
  readonly #exact = new Map<bigint, number>();
  #partial = 0;
  #all = 0;
  /** By list of route targets. */
  #verdicts = new Uint8Array(64);

  constructor(sets: RouteTargetSets) {
    this.#sets = sets;
  }

  /** It wants all routes, also those without a route target. */
  get everything(): boolean {
    return this.#all > 0;
  }

  /** Whether routes with this list of route targets are for the peer. */
  wants(id: TargetsId): boolean {
    const known = this.#verdicts[id];
    return known === wanted || (known !== notWanted && this.#judge(id));
  }

  /** Takes over changes of the memberships. @returns the lists of route targets about which the answer is another one now */
  change(changes: readonly { readonly range: TargetRange; readonly by: 1 | -1 }[]): TargetsId[] {
    const affected = new Map<TargetsId, boolean>();
    for (const { range } of changes) {
      const candidates = range.bits === 64 ? this.#sets.having(range.prefix) : this.#sets.all();
      for (const id of candidates) if (!affected.has(id)) affected.set(id, this.wants(id));
    }
    for (const { range, by } of changes) this.#count(range, by);
    const flipped: TargetsId[] = [];
    for (const [id, before] of affected) {
      this.#verdicts[id] = unknown;
      if (this.wants(id) !== before) flipped.push(id);
    }
    return flipped;
  }

  /** The list that `id` stood for is gone. */
  forget(id: TargetsId): void {
    if (id < this.#verdicts.length) this.#verdicts[id] = unknown;
  }

  /** Every list in use that is wanted. */
  *lists(): Generator<TargetsId> {
    if (this.#all > 0 || this.#partial > 0) {
      for (const id of this.#sets.all()) if (this.wants(id)) yield id;
      return;
    }
    const seen = new Set<TargetsId>();
    for (const target of this.#exact.keys()) {
      for (const id of this.#sets.having(target)) {
        if (!seen.has(id)) yield id;
        seen.add(id);
      }
    }
  }

  #count(range: TargetRange, by: number): void {
    if (range.bits === 64) {
      const count = (this.#exact.get(range.prefix) ?? 0) + by;
      if (count === 0) this.#exact.delete(range.prefix);
      else this.#exact.set(range.prefix, count);
      return;
    }
    if (range.bits === 0) this.#all += by;
    else this.#partial += by;
    const key = `${range.bits} ${range.prefix}`;
    const entry = this.#ranges.get(key) ?? { range, count: 0 };
    entry.count += by;
    if (entry.count === 0) this.#ranges.delete(key);
    else this.#ranges.set(key, entry);
  }

  #judge(id: TargetsId): boolean {
    if (id >= this.#verdicts.length) {
      const longer = new Uint8Array(Math.max(this.#verdicts.length * 2, id + 1));
      longer.set(this.#verdicts);
      this.#verdicts = longer;
    }
    const verdict = this.#matches(id);
    this.#verdicts[id] = verdict ? wanted : notWanted;
    return verdict;
  }

  #matches(id: TargetsId): boolean {
    if (this.#all > 0) return true;
    const targets = this.#sets.list(id);
    if (targets.some((t) => this.#exact.has(t))) return true;
    if (this.#partial === 0) return false;
    for (const { range } of this.#ranges.values()) if (range.bits > 0 && targets.some((t) => covers(range, t))) return true;
    return false;
  }
}
