// SPDX-License-Identifier: Apache-2.0
import { type Ip, isIp4 } from "../../base/net/ip.ts";
import { connectedRoute, kernelProtocol } from "../desired/connected-route.ts";
import { type NamespaceName, routeName } from "../desired/object.ts";
import { sameValue } from "../desired/same-value.ts";
import { ownProtocol } from "../ownership.ts";
import type { ActualAddress, ActualLink, ActualRoute, KernelEvent } from "./actual.ts";
import type { MirrorChanges } from "./mirror-changes.ts";

/** Addresses and routes of one namespace. The kernel takes IPv4 routes away without a word in some cases, which are known here. */
export class RoutingTables {
  /** By ifindex and `address/length`. */
  readonly addresses = new Map<number, Map<string, ActualAddress>>();
  /** By `prefix metric`: those of the main table. */
  readonly routes = new Map<string, ActualRoute>();
  /** Connected routes that somebody took away: their devices are up, and their addresses are there. */
  readonly #lost = new Set<string>();

  /** Whether the route that the kernel made with an address was taken away. */
  lacksConnected(ip: Ip, length: number): boolean {
    const made = connectedRoute(ip, length);
    return made !== undefined && this.#lost.has(routeName(made.prefix, made.metric));
  }

  /** Looks for those that were taken away before anybody listened. @param nameOf of a device that is up */
  findLost(ns: NamespaceName, nameOf: (index: number) => string | undefined, changes: MirrorChanges): void {
    for (const [index, known] of this.addresses) {
      const dev = nameOf(index);
      if (dev === undefined) continue;
      for (const { ip, length } of known.values()) {
        const made = connectedRoute(ip, length);
        const name = made && routeName(made.prefix, made.metric);
        if (name === undefined || this.routes.has(name) || this.#lost.has(name)) continue;
        this.#lost.add(name);
        changes.address(ns, dev, ip, length);
      }
    }
  }

  addressesOf(index: number): readonly ActualAddress[] {
    return [...(this.addresses.get(index)?.values() ?? [])];
  }

  putAddress(ns: NamespaceName, event: KernelEvent & { readonly kind: "address" }, dev: string, changes: MirrorChanges): void {
    const { index, address, present } = event;
    const name = addressName(address);
    const known = this.addresses.get(index);
    if (present ? sameValue(known?.get(name), address) : known?.has(name) !== true) return;
    changes.address(ns, dev, address.ip, address.length);
    if (present) {
      if (known) known.set(name, address);
      else this.addresses.set(index, new Map([[name, address]]));
      return;
    }
    known!.delete(name);
    // With its last IPv4 address a device loses its IPv4 routes (fib_disable_ip), and no event tells.
    const isLast = isIp4(address.ip) && ![...known!.values()].some((a) => isIp4(a.ip));
    if (isLast) this.dropRoutes(ns, index, changes, isIp4);
  }

  putRoute(ns: NamespaceName, name: string, route: ActualRoute | undefined, changes: MirrorChanges): void {
    if (route) this.#lost.delete(name);
    const before = this.routes.get(name);
    if (sameValue(before, route)) return;
    if (route) this.routes.set(name, route);
    else this.routes.delete(name);
    if (isOwn(before) || isOwn(route)) changes.route(ns, name, true);
    if ((before && !isOwn(before)) || (route && !isOwn(route))) changes.route(ns, name, false);
  }

  /** As {@link putRoute}, told by an event: one of the kernel's own that goes while its address stays was taken away. */
  routeEvent(
    ns: NamespaceName,
    { name, route }: { readonly name: string; readonly route: ActualRoute | undefined },
    nameOf: (index: number) => string,
    changes: MirrorChanges,
  ): void {
    const before = this.routes.get(name);
    this.putRoute(ns, name, route, changes);
    const dev = before?.protocol === kernelProtocol && !route ? before.hops[0]?.dev : undefined;
    if (dev === undefined) return;
    for (const { ip, length } of this.addressesOf(dev)) {
      const made = connectedRoute(ip, length);
      if (!made || routeName(made.prefix, made.metric) !== name) continue;
      this.#lost.add(name);
      changes.address(ns, nameOf(dev), ip, length);
    }
  }

  /** The device went down: the kernel took its IPv4 routes away without an event for each (fib_sync_down_dev). */
  dropRoutes(ns: NamespaceName, index: number, changes: MirrorChanges, isConcerned: (ip: Ip) => boolean = () => true): void {
    for (const [name, route] of this.routes) {
      if (!route.hops.some((h) => h.dev === index) || !isConcerned(name.slice(0, name.indexOf("/")) as Ip)) continue;
      this.putRoute(ns, name, undefined, changes);
    }
  }

  dropDevice(ns: NamespaceName, device: ActualLink, changes: MirrorChanges): void {
    for (const { ip, length } of this.addressesOf(device.index)) changes.address(ns, device.name, ip, length);
    this.addresses.delete(device.index);
    this.dropRoutes(ns, device.index, changes);
  }

  /** The events that would turn these into `found`. */
  differences(found: RoutingTables): KernelEvent[] {
    const out: KernelEvent[] = [];
    for (const index of new Set([...this.addresses.keys(), ...found.addresses.keys()])) {
      const [have, seen] = [this.addresses.get(index), found.addresses.get(index)];
      for (const [name, address] of have ?? []) if (!seen?.has(name)) out.push({ kind: "address", index, address, present: false });
      for (const [name, address] of seen ?? [])
        if (!sameValue(have?.get(name), address)) out.push({ kind: "address", index, address, present: true });
    }
    for (const name of this.routes.keys()) if (!found.routes.has(name)) out.push({ kind: "route", name, route: undefined });
    for (const [name, route] of found.routes) if (!sameValue(this.routes.get(name), route)) out.push({ kind: "route", name, route });
    return out;
  }
}

export function addressName({ ip, length }: Pick<ActualAddress, "ip" | "length">): string {
  return `${ip}/${length}`;
}

function isOwn(route: ActualRoute | undefined): boolean {
  return route?.protocol === ownProtocol;
}
