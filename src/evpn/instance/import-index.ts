// SPDX-License-Identifier: Apache-2.0
import type { RouteTarget } from "../types.ts";
import type { Instance } from "./instance.ts";
import { routeTargetNumber } from "./route-target.ts";

/** Route target → networks that import it. A route asks once per target, never once per network. */
export class ImportIndex {
  readonly #byTarget = new Map<RouteTarget, Set<Instance>>();
  /** Changes with every change of the index, for whoever keeps an answer. */
  version = 0;

  add(instance: Instance, targets: readonly RouteTarget[]): void {
    this.version++;
    for (const target of targets) {
      const set = this.#byTarget.get(target);
      if (set) set.add(instance);
      else this.#byTarget.set(target, new Set([instance]));
    }
  }

  remove(instance: Instance, targets: readonly RouteTarget[]): void {
    this.version++;
    for (const target of targets) {
      const set = this.#byTarget.get(target);
      set?.delete(instance);
      if (set?.size === 0) this.#byTarget.delete(target);
    }
  }

  /** Networks that import a route with these targets, each once. */
  importers(targets: readonly RouteTarget[]): readonly Instance[] {
    const found = new Set<Instance>();
    for (const target of targets) {
      for (const instance of this.#byTarget.get(target) ?? []) found.add(instance);
      for (const instance of this.#byTarget.get(`*:${routeTargetNumber(target)}`) ?? []) found.add(instance);
    }
    return [...found];
  }
}
