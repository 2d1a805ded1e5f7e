// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import { route, RTNH_F_ONLINK, type RouteHop, type RouteRequest } from "../../netlink/route/route.ts";
import type { ChangedRoute } from "../desired/domain-table.ts";
import type { NamespaceName, ObjectKey, WantedHop } from "../desired/object.ts";
import type { WantedObjects } from "../desired/wanted-objects.ts";
import type { ActualRoute } from "../kernel/actual.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { NamespaceTables } from "../kernel/namespace-tables.ts";
import { routeValue } from "../kernel/own-entries.ts";
import { ownProtocol, peerMetric } from "../ownership.ts";
import { type FloodStep, noStep } from "./mac-flood.ts";
import { deviceMissing, type PlanContext } from "./plan/context.ts";
import type { SettledTable } from "./settled-table.ts";

export interface RouteFloodOptions {
  readonly kernel: Kernel;
  readonly context: PlanContext;
  readonly wanted: WantedObjects;
  readonly settled: SettledTable;
  /** As {@link MacFloodOptions}. */
  readonly isSpecial: (key: ObjectKey) => boolean;
}

/** What routes with the same hops have in common. */
interface Way {
  readonly hops: readonly RouteHop[];
  readonly actual: ActualRoute;
}

/**
 * The short way for routes that come or go by the thousand, as `MacFlood` is for remote MACs: what has no route yet gets one, and ours that nobody wants
 * goes, without a plan for each. Whatever else it finds, and whatever the kernel refuses, goes the long way.
 */
export class RouteFlood {
  readonly #o: RouteFloodOptions;
  #waiting: ChangedRoute[] = [];
  #at = 0;

  constructor(options: RouteFloodOptions) {
    this.#o = options;
  }

  get size(): number {
    return this.#waiting.length - this.#at;
  }

  add(route: ChangedRoute): void {
    this.#waiting.push(route);
  }

  clear(): void {
    this.#waiting = [];
    this.#at = 0;
  }

  /** Takes up to `most` routes in the order in which they came, of one namespace. */
  step(most: number): FloodStep {
    const ns = this.#waiting[this.#at]?.ns;
    if (ns === undefined) return noStep;
    let end = this.#at;
    while (end < this.#waiting.length && end - this.#at < most && this.#waiting[end]!.ns === ns) end++;
    const some = this.#waiting.slice(this.#at, end);
    this.#at = end;
    if (end === this.#waiting.length) this.clear();
    const tables = this.#o.kernel.options.mirror.tables(ns);
    return tables ? this.#look(ns, tables, some) : { ...noStep, rest: some.map(({ key }) => key) };
  }

  #look(ns: NamespaceName, tables: NamespaceTables, some: readonly ChangedRoute[]): FloodStep {
    const { kernel, settled } = this.#o;
    const ways = new Map<readonly WantedHop[], Way | undefined>();
    const requests: RouteRequest[] = [];
    const asked: (readonly [ChangedRoute, Way | undefined])[] = [];
    const rest: ObjectKey[] = [];
    for (const one of some) {
      const { prefix: destination, object } = one;
      if (object && !ways.has(object.hops)) ways.set(object.hops, this.#way(ns, object.hops));
      const way = object && ways.get(object.hops);
      if (!this.#isPlain(one, tables, way)) {
        rest.push(one.key);
        continue;
      }
      const named = { destination, priority: peerMetric, protocol: ownProtocol };
      requests.push(way ? route.replace({ ...named, hops: way.hops }) : route.delete(named));
      asked.push([one, way]);
    }
    const results = kernel.conn(ns)?.execute(requests, { withoutEcho: true, routeProtocol: ownProtocol });
    const confirm = kernel.options.mirror.confirmRoutes(ns);
    let [put, taken] = [0, 0];
    for (const [n, [{ key, name, object }, way]] of asked.entries()) {
      if (!results || results[n]) {
        rest.push(key);
        continue;
      }
      confirm(name, way?.actual);
      if (object) {
        settled.set(key, object);
        put++;
      } else {
        settled.delete(key);
        taken++;
      }
    }
    return { put, taken, rest };
  }

  /** Nothing is there, or ours, which goes; and nothing is known that the long way would have to weigh. */
  #isPlain({ key, name, object }: ChangedRoute, tables: NamespaceTables, way: Way | undefined): boolean {
    const { wanted, settled, isSpecial, context } = this.#o;
    // Something else may be wanted meanwhile.
    if (wanted.get(key) !== object || isSpecial(key)) return false;
    const found = tables.routing.routes.get(name);
    if (!object) return found?.protocol === ownProtocol && !context.keepsSome();
    // One that was there before was changed by somebody, or has to be.
    return way !== undefined && !found && !settled.is(key, object);
  }

  /** Undefined when a device is not as it has to be. */
  #way(ns: NamespaceName, wanted: readonly WantedHop[]): Way | undefined {
    const { context, kernel } = this.#o;
    const hops: { gateway: Ip; ifindex: number; weight: number; flags: number }[] = [];
    for (const { via: gateway, dev } of wanted) {
      const link = dev === undefined ? undefined : kernel.options.mirror.link(ns, dev);
      if (!link?.up || deviceMissing(ns, link.name, context)) return undefined;
      hops.push({ gateway, ifindex: link.index, weight: 1, flags: RTNH_F_ONLINK });
    }
    const found = hops.map((h) => ({ via: h.gateway, dev: h.ifindex }));
    return { hops, actual: routeValue("unicast", ownProtocol, found) };
  }
}
