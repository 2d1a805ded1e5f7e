// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import { route, RTNH_F_ONLINK, type RouteHop, type RouteRequest } from "../../netlink/route/route.ts";
import type { NamespaceName, ObjectKey, RouteObject, WantedHop } from "../desired/object.ts";
import type { WantedObjects } from "../desired/wanted-objects.ts";
import type { ActualRoute } from "../kernel/actual.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { NamespaceTables } from "../kernel/namespace-tables.ts";
import { routeValue } from "../kernel/own-entries.ts";
import { ownProtocol } from "../ownership.ts";
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

type Waiting = readonly [key: ObjectKey, name: string, object: RouteObject];

/**
 * The short way for routes that come by the thousand, as `MacFlood` is for remote MACs: what has no route yet gets one without a plan for each. Whatever
 * else it finds, and whatever the kernel refuses, goes the long way.
 */
export class RouteFlood {
  readonly #o: RouteFloodOptions;
  #waiting: Waiting[] = [];
  #at = 0;

  constructor(options: RouteFloodOptions) {
    this.#o = options;
  }

  get size(): number {
    return this.#waiting.length - this.#at;
  }

  /** The route is wanted. @param name of `routeName` */
  add(key: ObjectKey, name: string, object: RouteObject): void {
    this.#waiting.push([key, name, object]);
  }

  clear(): void {
    this.#waiting = [];
    this.#at = 0;
  }

  /** Takes up to `most` routes in the order in which they came, of one namespace. */
  step(most: number): FloodStep {
    const ns = this.#waiting[this.#at]?.[2].ns;
    if (ns === undefined) return noStep;
    let end = this.#at;
    while (end < this.#waiting.length && end - this.#at < most && this.#waiting[end]![2].ns === ns) end++;
    const some = this.#waiting.slice(this.#at, end);
    this.#at = end;
    if (end === this.#waiting.length) this.clear();
    const tables = this.#o.kernel.options.mirror.tables(ns);
    return tables ? this.#put(ns, tables, some) : { ...noStep, rest: some.map(([key]) => key) };
  }

  #put(ns: NamespaceName, tables: NamespaceTables, some: readonly Waiting[]): FloodStep {
    const { wanted, settled, isSpecial, kernel } = this.#o;
    const { routes } = tables.routing;
    const ways = new Map<readonly WantedHop[], Way | undefined>();
    const requests: RouteRequest[] = [];
    const asked: (readonly [Waiting, Way])[] = [];
    const rest: ObjectKey[] = [];
    for (const one of some) {
      const [key, name, object] = one;
      if (!ways.has(object.hops)) ways.set(object.hops, this.#way(ns, object.hops));
      const way = ways.get(object.hops);
      // One that was there before was changed by somebody, or has to be; the long way knows. So it does when something else is wanted meanwhile.
      const isPlain = way !== undefined && !routes.has(name) && wanted.get(key) === object && !settled.is(key, object) && !isSpecial(key);
      if (!isPlain) {
        rest.push(key);
        continue;
      }
      requests.push(route.replace({ destination: object.prefix, priority: object.metric, protocol: ownProtocol, hops: way.hops }));
      asked.push([one, way]);
    }
    const results = kernel.conn(ns)?.execute(requests, { withoutEcho: true, routeProtocol: ownProtocol });
    const confirm = kernel.options.mirror.confirmRoutes(ns);
    let put = 0;
    for (const [n, [[key, name, object], way]] of asked.entries()) {
      if (!results || results[n]) {
        rest.push(key);
        continue;
      }
      confirm(name, way.actual);
      settled.set(key, object);
      put++;
    }
    return { ...noStep, put, rest };
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
