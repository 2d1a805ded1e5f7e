// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import { MacMap } from "../../base/net/mac-map.ts";
import type { NamespaceName } from "../desired/object.ts";
import { sameValue } from "../desired/same-value.ts";
import type { ActualLink, ActualNeighbour, BridgeEntry, FloodEntry, KernelEvent, VxlanEntry } from "./actual.ts";
import type { MirrorChanges } from "./mirror-changes.ts";
import { RoutingTables } from "./routing-tables.ts";

/** Interface indexes of devices whose tables were read. */
export interface EntryScope {
  readonly bridges: readonly number[];
  readonly vxlans: readonly number[];
  readonly neighbours: readonly number[];
  /** Addresses and routes of the whole namespace, too. */
  readonly routing?: boolean;
}

/** A Map, or a {@link MacMap}: what both can do. */
export interface Table<K, V> {
  readonly size: number;
  get(key: K): V | undefined;
  set(key: K, value: V): void;
  delete(key: K): boolean;
  keys(): Iterable<K>;
  [Symbol.iterator](): Iterator<readonly [K, V]>;
}

export type PerDevice<K, V, T extends Table<K, V> = Table<K, V>> = Map<number, T>;

/** Devices and forwarding entries of one namespace, by interface index as the kernel tells them. */
export class NamespaceTables {
  readonly links = new Map<number, ActualLink>();
  readonly bridges: PerDevice<Mac, BridgeEntry, MacMap<BridgeEntry>> = new Map();
  readonly vxlans: PerDevice<Mac, VxlanEntry, MacMap<VxlanEntry>> = new Map();
  readonly floods: PerDevice<Ip, FloodEntry> = new Map();
  readonly neighbours: PerDevice<Ip, ActualNeighbour> = new Map();
  readonly routing = new RoutingTables();
  readonly #byName = new Map<string, number>();
  #ports: ReadonlyMap<number, readonly ActualLink[]> | undefined;

  /** 0, which no device has, when there is none of that name. */
  indexOf(name: string): number {
    return this.#byName.get(name) ?? 0;
  }

  linkByName(name: string): ActualLink | undefined {
    return this.links.get(this.indexOf(name));
  }

  apply(ns: NamespaceName, event: KernelEvent, changes: MirrorChanges): void {
    switch (event.kind) {
      case "link":
        return this.#putLink(ns, event.link, changes);
      case "link-gone":
        return this.#dropLink(ns, event.index, changes);
      case "port": {
        const link = this.links.get(event.index);
        // A message of AF_BRIDGE may come after the device left its bridge.
        if (link && (event.port === undefined || link.master !== 0)) this.#putLink(ns, { ...link, port: event.port }, changes);
        return;
      }
      case "bridge-entry":
        return this.#bridgeEntry(ns, event, changes);
      case "vxlan-entry":
        if (put(this.vxlans, makeMacMap, event.index, event.mac, event.entry)) changes.remoteMac(ns, this.#nameOf(event.index), event.mac);
        return;
      case "flood":
        if (put(this.floods, makeMap, event.index, event.vtep, event.entry)) changes.flood(ns, this.#nameOf(event.index), event.vtep);
        return;
      case "neighbour":
        if (!put(this.neighbours, makeMap, event.index, event.ip, event.neighbour)) return;
        changes.neighbour(ns, this.#nameOf(event.index), event.ip);
        changes.ip(ns, event.index, event.ip);
        return;
      case "address":
        return this.routing.putAddress(ns, event, this.#nameOf(event.index), changes);
      case "route":
        return this.routing.routeEvent(ns, event, (index) => this.#nameOf(index), changes);
    }
  }

  /** After all addresses and routes were read. */
  findLostRoutes(ns: NamespaceName, changes: MirrorChanges): void {
    const nameOf = (index: number): string | undefined => (this.links.get(index)?.up === true ? this.#nameOf(index) : undefined);
    this.routing.findLost(ns, nameOf, changes);
  }

  /** The table of a VXLAN device, made when it has none. */
  vxlanMacs(index: number): MacMap<VxlanEntry> {
    return tableOf(this.vxlans, makeMacMap<VxlanEntry>, index);
  }

  /** As {@link vxlanMacs} for a bridge. */
  bridgeMacs(bridge: number): MacMap<BridgeEntry> {
    return tableOf(this.bridges, makeMacMap<BridgeEntry>, bridge);
  }

  /** The events that would turn the devices into `found`. */
  linkDifferences(found: readonly ActualLink[]): KernelEvent[] {
    const out: KernelEvent[] = [];
    const present = new Set(found.map((l) => l.index));
    for (const index of this.links.keys()) if (!present.has(index)) out.push({ kind: "link-gone", index });
    for (const link of found) if (!sameValue(this.links.get(link.index), link)) out.push({ kind: "link", link });
    return out;
  }

  /** The events that would turn the tables of the devices in `scope` into those of `found`. */
  entryDifferences(scope: EntryScope, found: NamespaceTables): KernelEvent[] {
    const out: KernelEvent[] = [];
    for (const bridge of scope.bridges)
      diff(this.bridges.get(bridge), found.bridges.get(bridge), (mac, entry) => out.push({ kind: "bridge-entry", bridge, mac, entry }));
    for (const index of scope.vxlans) {
      diff(this.vxlans.get(index), found.vxlans.get(index), (mac, entry) => out.push({ kind: "vxlan-entry", index, mac, entry }));
      diff(this.floods.get(index), found.floods.get(index), (vtep, entry) => out.push({ kind: "flood", index, vtep, entry }));
    }
    for (const index of scope.neighbours)
      diff(this.neighbours.get(index), found.neighbours.get(index), (ip, neighbour) =>
        out.push({ kind: "neighbour", index, ip, neighbour }),
      );
    if (scope.routing === true) out.push(...this.routing.differences(found.routing));
    return out;
  }

  #nameOf(index: number): string {
    return this.links.get(index)?.name ?? `#${index}`;
  }

  #putLink(ns: NamespaceName, link: ActualLink, changes: MirrorChanges): void {
    const before = this.links.get(link.index);
    if (sameValue(before, link)) return;
    if (before) {
      changes.link(ns, before);
      if (before.up && !link.up) this.routing.dropRoutes(ns, link.index, changes);
      if (before.name !== link.name && this.#byName.get(before.name) === link.index) this.#byName.delete(before.name);
    }
    this.#ports = undefined;
    this.links.set(link.index, link);
    this.#byName.set(link.name, link.index);
    changes.link(ns, link);
  }

  #dropLink(ns: NamespaceName, index: number, changes: MirrorChanges): void {
    const before = this.links.get(index);
    if (!before) return;
    changes.link(ns, before);
    this.routing.dropDevice(ns, before, changes);
    // The kernel flushes a device's tables without an event for each entry.
    for (const mac of this.vxlans.get(index)?.keys() ?? []) changes.remoteMac(ns, before.name, mac);
    for (const vtep of this.floods.get(index)?.keys() ?? []) changes.flood(ns, before.name, vtep);
    for (const ip of this.neighbours.get(index)?.keys() ?? []) changes.neighbour(ns, before.name, ip);
    for (const mac of this.bridges.get(index)?.keys() ?? []) this.#dirtyRemotes(ns, index, mac, changes);
    for (const table of [this.links, this.bridges, this.vxlans, this.floods, this.neighbours]) table.delete(index);
    this.#ports = undefined;
    for (const [bridge, entries] of this.bridges) {
      for (const [mac, entry] of entries) {
        if (entry.port !== index) continue;
        entries.delete(mac);
        changes.mac(ns, bridge, mac);
        this.#dirtyRemotes(ns, bridge, mac, changes);
      }
    }
    if (this.#byName.get(before.name) === index) this.#byName.delete(before.name);
  }

  #bridgeEntry(ns: NamespaceName, event: KernelEvent & { readonly kind: "bridge-entry" }, changes: MirrorChanges): void {
    const before = this.bridges.get(event.bridge)?.get(event.mac);
    if (!put(this.bridges, makeMacMap, event.bridge, event.mac, event.entry)) return;
    // An entry of ours that comes or goes is no fact about this host's workloads.
    if ((event.entry && !event.entry.extern) || (before && !before.extern)) changes.mac(ns, event.bridge, event.mac);
    this.#dirtyRemotes(ns, event.bridge, event.mac, changes);
  }

  /** A MAC of a bridge is also that of the remote entry on each VXLAN below it. */
  #dirtyRemotes(ns: NamespaceName, bridge: number, mac: Mac, changes: MirrorChanges): void {
    for (const link of this.ports(bridge)) if (link.vxlan) changes.remoteMac(ns, link.name, mac);
  }

  /** Devices that are ports of the bridge. Asked for each of 100,000 entries and 1,000 bridges, changed with each device: remembered. */
  ports(bridge: number): readonly ActualLink[] {
    this.#ports ??= Map.groupBy(this.links.values(), (l) => l.master);
    return this.#ports.get(bridge) ?? noPorts;
  }
}

const noPorts: readonly ActualLink[] = [];

const makeMap = <K, V>(): Map<K, V> => new Map();
const makeMacMap = <V>(): MacMap<V> => new MacMap();

function tableOf<T>(tables: Map<number, T>, make: () => T, index: number): T {
  let table = tables.get(index);
  if (!table) tables.set(index, (table = make()));
  return table;
}

/** @returns whether anything changed */
function put<K, V, T extends Table<K, V>>(tables: PerDevice<K, V, T>, make: () => T, index: number, key: K, value: V | undefined): boolean {
  if (value === undefined) return tables.get(index)?.delete(key) ?? false;
  const table = tableOf(tables, make, index);
  if (sameValue(table.get(key), value)) return false;
  table.set(key, value);
  return true;
}

function diff<K, V>(have: Table<K, V> | undefined, found: Table<K, V> | undefined, emit: (key: K, value: V | undefined) => void): void {
  for (const key of have?.keys() ?? []) if (found?.get(key) === undefined) emit(key, undefined);
  for (const [key, value] of found ?? []) if (!sameValue(have?.get(key), value)) emit(key, value);
}
