// SPDX-License-Identifier: Apache-2.0
import { routeTargetNumber } from "../instance/route-target.ts";
import type { RouteTarget } from "../types.ts";
import type { Candidate } from "./candidate.ts";
import type { ImportInfo } from "./import-info.ts";

/** All candidates with one set of attributes, as a list through them. */
interface Group {
  readonly info: ImportInfo;
  first: Candidate | undefined;
}

/**
 * All candidates by key, and by the number part of their route targets, so that a network that is added or changes its
 * import list finds its routes without a walk through everybody's. The number alone serves wildcards too.
 */
export class CandidateTable {
  readonly #byKey = new Map<string, Candidate>();
  readonly #groups = new Map<ImportInfo, Group>();
  readonly #byNumber = new Map<string, Set<Group>>();

  get(key: string): Candidate | undefined {
    return this.#byKey.get(key);
  }

  /** One whose key is not in the table. */
  add(candidate: Candidate): void {
    this.#byKey.set(candidate.key, candidate);
    const group = this.#groups.get(candidate.info) ?? this.#makeGroup(candidate.info);
    candidate.after = group.first;
    if (group.first) group.first.before = candidate;
    group.first = candidate;
  }

  /** One that was added. */
  remove(candidate: Candidate): void {
    this.#byKey.delete(candidate.key);
    const { before, after, info } = candidate;
    if (after) after.before = before;
    if (before) before.after = after;
    else {
      const group = this.#groups.get(info)!;
      group.first = after;
      if (!after) this.#dropGroup(group);
    }
    candidate.before = candidate.after = undefined;
  }

  #makeGroup(info: ImportInfo): Group {
    const group: Group = { info, first: undefined };
    this.#groups.set(info, group);
    for (const target of info.targets) {
      const number = routeTargetNumber(target);
      const set = this.#byNumber.get(number);
      if (set) set.add(group);
      else this.#byNumber.set(number, new Set([group]));
    }
    return group;
  }

  #dropGroup(group: Group): void {
    this.#groups.delete(group.info);
    for (const target of group.info.targets) {
      const number = routeTargetNumber(target);
      const set = this.#byNumber.get(number);
      set?.delete(group);
      if (set?.size === 0) this.#byNumber.delete(number);
    }
  }

  /** Candidates that carry one of these targets; may be more, each once. */
  *withTargets(targets: readonly RouteTarget[]): Generator<Candidate> {
    const groups = new Set<Group>();
    for (const number of new Set(targets.map(routeTargetNumber))) for (const group of this.#byNumber.get(number) ?? []) groups.add(group);
    for (const { first } of groups) for (let c = first; c; c = c.after) yield c;
  }
}
