// SPDX-License-Identifier: Apache-2.0
import { type Ip, isIp4 } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import type { Prefix } from "../../base/net/prefix.ts";
import type { ForwardingChange, PrefixPath } from "../../evpn/types.ts";
import { peerMetric } from "../ownership.ts";
import { linkLocalOf } from "./link-local.ts";
import type { DomainPlan, TunnelPlan } from "./network-plan.ts";
import { type KernelObject, keyOf, type NamespaceName, type ObjectKey, type RouteObject, routeName, type WantedHop } from "./object.ts";

export type PrefixChange = ForwardingChange & { readonly kind: "prefix" };

/** Takes an object that is wanted now, or no longer. */
export type PutObject = (key: ObjectKey, object: KernelObject | undefined) => void;

/** How many routes say the same. */
type Tally = Map<string, number>;

export interface ChangedRoute {
  readonly key: ObjectKey;
  readonly ns: NamespaceName;
  readonly prefix: Prefix;
  /** Of `routeName`. */
  readonly name: string;
  /** Undefined when it is no longer wanted. */
  readonly object: RouteObject | undefined;
}

/** Sets of hops remembered; a domain with more only shares less. */
const mostHops = 4096;

interface Known {
  readonly prefix: Prefix;
  readonly paths: readonly PrefixPath[];
}

interface DeviceHop {
  readonly via: Ip;
  readonly dev: string;
}

/** Bridge of a network of the domain on this host. */
export type BridgeOf = (network: string) => string | undefined;

/**
 * What EVPN told about the prefixes of one domain. A router is known to the kernel as long as a route leads to it: its VTEP address as neighbour, and
 * its MAC behind that VTEP.
 */
export class DomainTable {
  readonly #routes = new Map<string, Known>();
  /** Next hop → MACs that routes give it; MAC → `vtep vni`. Two at a time are seldom: while a host changes its MAC. */
  readonly #neighbours = new Map<Ip, Tally>();
  readonly #routers = new Map<Mac, Tally>();
  readonly #changedNeighbours = new Set<Ip>();
  readonly #changedRouters = new Set<Mac>();
  /** Routes with the same hops share them; how many sets of hops there were is not bounded by how many there are. */
  readonly #hops = new Map<string, readonly WantedHop[]>();

  get empty(): boolean {
    return this.#routes.size === 0;
  }

  /** @returns the name of the route that changed, undefined when nothing did */
  apply({ prefix, paths }: PrefixChange): string | undefined {
    const name = routeName(prefix, peerMetric);
    const before = this.#routes.get(name);
    if (before && samePaths(before.paths, paths)) return undefined;
    for (const path of before?.paths ?? []) this.#count(prefix, path, -1);
    for (const path of paths) this.#count(prefix, path, 1);
    if (paths.length === 0) this.#routes.delete(name);
    else this.#routes.set(name, { prefix, paths });
    return name;
  }

  /** @param put takes the routers that the route began or ceased to lead to */
  changed(name: string, prefix: Prefix, plan: DomainPlan, bridgeOf: BridgeOf, put: PutObject): ChangedRoute {
    const known = this.#routes.get(name);
    if (this.#changedNeighbours.size + this.#changedRouters.size > 0 && plan.tunnel) this.#putRouters(plan, plan.tunnel, put);
    const object = known && this.#route(known.prefix, known.paths, plan, bridgeOf);
    return { key: `route ${plan.ns} ${name}` as ObjectKey, ns: plan.ns, prefix, name, object };
  }

  /** Everything, when the domain got its place. */
  putAll(plan: DomainPlan, bridgeOf: BridgeOf, put: PutObject): void {
    this.#hops.clear();
    for (const [name, { prefix, paths }] of this.#routes)
      put(`route ${plan.ns} ${name}` as ObjectKey, this.#route(prefix, paths, plan, bridgeOf));
    for (const ip of this.#neighbours.keys()) this.#changedNeighbours.add(ip);
    for (const mac of this.#routers.keys()) this.#changedRouters.add(mac);
    if (plan.tunnel) this.#putRouters(plan, plan.tunnel, put);
  }

  /** Everything, when it lost it. */
  dropAll({ ns, tunnel }: DomainPlan, put: PutObject): void {
    for (const name of this.#routes.keys()) put(`route ${ns} ${name}` as ObjectKey, undefined);
    if (!tunnel) return;
    for (const ip of this.#neighbours.keys()) put(keyOf({ kind: "neighbour", ns, dev: tunnel.vxlan, ip }), undefined);
    for (const mac of this.#routers.keys()) put(keyOf({ kind: "remote-mac", ns, dev: tunnel.vxlan, mac }), undefined);
  }

  #count(prefix: Prefix, path: PrefixPath, by: 1 | -1): void {
    if (path.kind !== "tunnel") return;
    const via = nextHop(prefix, path);
    if (tally(this.#neighbours, via, path.routerMac, by)) this.#changedNeighbours.add(via);
    if (tally(this.#routers, path.routerMac, `${path.vtep} ${path.vni}`, by)) this.#changedRouters.add(path.routerMac);
  }

  #putRouters({ ns }: DomainPlan, { vxlan: dev, vtep: own, l3vni }: TunnelPlan, put: PutObject): void {
    for (const ip of this.#changedNeighbours) {
      const mac = chosen(this.#neighbours.get(ip)) as Mac | undefined;
      const object = mac !== undefined && reachable(own, ip) ? ({ kind: "neighbour", ns, dev, ip, mac } as const) : undefined;
      put(keyOf({ kind: "neighbour", ns, dev, ip }), object);
    }
    for (const mac of this.#changedRouters) {
      const [vtep, vni] = (chosen(this.#routers.get(mac)) ?? "").split(" ") as [Ip, string];
      const key = keyOf({ kind: "remote-mac", ns, dev, mac });
      if (vni === undefined || isIp4(vtep) !== isIp4(own)) put(key, undefined);
      else put(key, { kind: "remote-mac", ns, dev, bridge: undefined, mac, vtep, vni: Number(vni) === l3vni ? undefined : Number(vni) });
    }
    this.#changedNeighbours.clear();
    this.#changedRouters.clear();
  }

  /** Undefined when none of its ways begins on this host. */
  #route(prefix: Prefix, paths: readonly PrefixPath[], plan: DomainPlan, bridgeOf: BridgeOf): RouteObject | undefined {
    const hops: WantedHop[] = [];
    for (const path of paths) {
      const hop = hopOf(prefix, path, plan, bridgeOf);
      if (hop) hops.push(hop);
    }
    if (hops.length === 0) return undefined;
    if (hops.length > 1) hops.sort((a, b) => (a.via < b.via ? -1 : a.via > b.via ? 1 : 0));
    let name = "";
    for (const { via, dev } of hops) name += `${via} ${dev} `;
    const shared = this.#hops.get(name) ?? hops;
    if (shared === hops) {
      if (this.#hops.size === mostHops) this.#hops.clear();
      this.#hops.set(name, hops);
    }
    return { kind: "route", ns: plan.ns, prefix, metric: peerMetric, hops: shared };
  }
}

/** Next hop and device of a path; undefined where it does not begin on this host. */
export function hopOf(prefix: Prefix, path: PrefixPath, { tunnel, links }: DomainPlan, bridgeOf: BridgeOf): DeviceHop | undefined {
  switch (path.kind) {
    case "tunnel":
      return tunnel && isIp4(path.vtep) === isIp4(tunnel.vtep) ? { via: nextHop(prefix, path), dev: tunnel.vxlan } : undefined;
    case "gateway": {
      const dev = bridgeOf(path.network);
      return dev === undefined ? undefined : { via: path.via, dev };
    }
    default: {
      const link = links.find((l) => l.domain === path.domain);
      return link && { via: link.peer.ip, dev: link.dev };
    }
  }
}

/**
 * IPv6 routes take no gateway of IPv4; a mapped address stands for it, as with FRR. IPv4 routes take one of IPv6. Another router behind a VTEP than
 * that of the domain needs another address: the link-local one that goes with its MAC.
 */
function nextHop(prefix: Prefix, { vtep, routerMac, isForeign }: PrefixPath & { readonly kind: "tunnel" }): Ip {
  if (isForeign) return linkLocalOf(routerMac);
  return isIp4(prefix.ip) || !isIp4(vtep) ? vtep : (`::ffff:${vtep}` as Ip);
}

function reachable(own: Ip, via: Ip): boolean {
  return via.startsWith("fe80:") || isIp4(own) === (isIp4(via) || via.startsWith("::ffff:"));
}

/** @returns whether another one may be chosen now */
function tally<K>(tallies: Map<K, Tally>, key: K, value: string, by: 1 | -1): boolean {
  const known = tallies.get(key);
  if (!known) {
    tallies.set(key, new Map([[value, by]]));
    return true;
  }
  const n = (known.get(value) ?? 0) + by;
  if (n > 0) known.set(value, n);
  else known.delete(value);
  if (known.size === 0) tallies.delete(key);
  return known.size !== 1 || n <= 0;
}

/** What most routes say; of equals the lowest, so that the order in which they came does not count. */
function chosen(known: Tally | undefined): string | undefined {
  let best: string | undefined;
  let most = 0;
  for (const [value, n] of known ?? []) {
    if (n < most || (n === most && best !== undefined && best < value)) continue;
    [best, most] = [value, n];
  }
  return best;
}

function samePaths(a: readonly PrefixPath[], b: readonly PrefixPath[]): boolean {
  return a.length === b.length && a.every((path, i) => samePath(path, b[i]!));
}

function samePath(a: PrefixPath, b: PrefixPath): boolean {
  if (a === b) return true;
  if (a.kind === "domain") return b.kind === "domain" && a.domain === b.domain;
  if (a.kind === "gateway") return b.kind === "gateway" && a.network === b.network && a.via === b.via;
  return b.kind === "tunnel" && a.vtep === b.vtep && a.routerMac === b.routerMac && a.vni === b.vni;
}
