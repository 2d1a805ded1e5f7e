// SPDX-License-Identifier: Apache-2.0
import type { RouteTarget } from "../types.ts";
import { routeTargetNumber } from "./route-target.ts";

/** Route target → whoever imports it, networks or domains. A route asks once per target, never once per network. */
export class ImportIndex<T> {
  readonly #byTarget = new Map<RouteTarget, Set<T>>();
  /** Changes with every change of the index, for whoever keeps an answer. */
  version = 0;

  add(importer: T, targets: readonly RouteTarget[]): void {
    this.version++;
    for (const target of targets) {
      const set = this.#byTarget.get(target);
      if (set) set.add(importer);
      else this.#byTarget.set(target, new Set([importer]));
    }
  }

  remove(importer: T, targets: readonly RouteTarget[]): void {
    this.version++;
    for (const target of targets) {
      const set = this.#byTarget.get(target);
      set?.delete(importer);
      if (set?.size === 0) this.#byTarget.delete(target);
    }
  }

  /** Those that import a route with these targets, each once. */
  importers(targets: readonly RouteTarget[]): readonly T[] {
    const found = new Set<T>();
    for (const target of targets) {
      for (const importer of this.#byTarget.get(target) ?? []) found.add(importer);
      for (const importer of this.#byTarget.get(`*:${routeTargetNumber(target)}`) ?? []) found.add(importer);
    }
    return [...found];
  }
}
