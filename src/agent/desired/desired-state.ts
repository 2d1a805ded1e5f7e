// SPDX-License-Identifier: Apache-2.0
import type { ForwardingChange, NetworkForwarding } from "../../evpn/types.ts";
import { attachmentObject, deviceObjects } from "./device-objects.ts";
import { macHigh, macLow } from "../../base/net/mac.ts";
import { floodObject, neighbourObject, reaches, remoteMacObject } from "./entry-objects.ts";
import { domainObjects } from "./domain-objects.ts";
import type { ChangedRoute, PutObject } from "./domain-table.ts";
import { DomainTables } from "./domain-tables.ts";
import { ForwardingTable } from "./forwarding-tables.ts";
import type { DomainPlan, NetworkPlan, PortPlan } from "./network-plan.ts";
import { type KernelObject, keyOf, type NamespaceName, type ObjectKey } from "./object.ts";
import { questionObjects } from "./question-table.ts";
import { sameValue } from "./same-value.ts";
import { WantedObjects } from "./wanted-objects.ts";

/** Takes many changed remote MACs, each by the two numbers of its address, and many routes, those that are no longer wanted among them. */
export interface Flood {
  addMac(ns: NamespaceName, dev: string, high: number, low: number): void;
  addRoute(route: ChangedRoute): void;
}

/**
 * What the kernel should hold: every object by its key. Changes give back the keys that may look different now; rebuilding from
 * nothing with the same networks and forwarding tables gives the same objects.
 */
export class DesiredState {
  readonly #tables = new Map<string, ForwardingTable>();
  readonly objects = new WantedObjects(this.#tables);
  readonly #domains = new DomainTables();
  #plans = new Map<string, NetworkPlan>();
  #structure = new Map<ObjectKey, KernelObject>();
  #nat = new Map<ObjectKey, KernelObject>();

  plan(network: string): NetworkPlan | undefined {
    return this.#plans.get(network);
  }

  plans(): readonly NetworkPlan[] {
    return [...this.#plans.values()];
  }

  table(network: string): ForwardingTable | undefined {
    return this.#tables.get(network);
  }

  /** VTEPs of a network that its VXLAN device cannot reach for their address family. */
  unreachable(network: string): readonly string[] {
    const plan = this.#plans.get(network);
    const table = this.#tables.get(network);
    if (!plan || !table) return [];
    return [...table.flood.keys()].filter((vtep) => !reaches(plan, vtep));
  }

  /** Replaces networks, ports and domains. What EVPN told about a network or domain that keeps its name stays. */
  configure(plans: readonly NetworkPlan[], ports: readonly PortPlan[], domains: readonly DomainPlan[] = []): Set<ObjectKey> {
    const dirty = new Set<ObjectKey>();
    const next = new Map(plans.map((p) => [p.network, p]));
    for (const [network, before] of this.#plans) if (!sameValue(before, next.get(network))) this.#dropEntries(network, dirty);
    const moved = plans.filter((p) => !sameValue(this.#plans.get(p.network), p));
    this.#plans = next;
    this.objects.setPlans(plans);
    this.#replaceStructure(structureOf(plans, ports, domains), dirty);
    for (const plan of moved) this.#putEntries(plan.network, dirty);
    this.#domains.configure(domains, plans, (key, object) => this.#set(key, object, dirty));
    for (const [network, table] of this.#tables) if (!next.has(network) && table.empty) this.#tables.delete(network);
    return dirty;
  }

  /** Replaces what NAT needs; none of it is named as an object of {@link configure} is. */
  replaceNat(objects: readonly KernelObject[]): Set<ObjectKey> {
    const dirty = new Set<ObjectKey>();
    const next = new Map(objects.map((o) => [keyOf(o), o]));
    for (const key of this.#nat.keys()) if (!next.has(key)) this.#set(key, undefined, dirty);
    for (const [key, object] of next) if (!sameValue(this.#nat.get(key), object)) this.#set(key, object, dirty);
    this.#nat = next;
    return dirty;
  }

  /** Feeds what EVPN computed. @param flood takes remote MACs and routes among it; without it their keys are given back, too */
  forward(changes: readonly ForwardingChange[], flood?: Flood): Set<ObjectKey> {
    const dirty = new Set<ObjectKey>();
    const put: PutObject = (key, object) => this.#set(key, object, dirty);
    for (const change of changes) {
      if (change.kind === "prefix") {
        const found = this.#domains.apply(change, put);
        if (!found) continue;
        this.objects.put(found.key, found.object);
        if (flood) flood.addRoute(found);
        else dirty.add(found.key);
        continue;
      }
      let table = this.#tables.get(change.network);
      if (!table) this.#tables.set(change.network, (table = new ForwardingTable()));
      table.apply(change);
      const plan = this.#plans.get(change.network);
      if (!plan) continue;
      if (flood && change.kind === "remote-mac") flood.addMac(plan.ns, plan.vxlan, macHigh(change.mac), macLow(change.mac));
      else this.#entryChanged(plan, change, dirty);
    }
    return dirty;
  }

  #entryChanged(plan: NetworkPlan, change: NetworkForwarding, dirty: Set<ObjectKey>): void {
    const { ns } = plan;
    switch (change.kind) {
      case "remote-mac":
        dirty.add(keyOf({ kind: "remote-mac", ns, dev: plan.vxlan, mac: change.mac }));
        return;
      case "remote-neighbour": {
        const object = change.mac === undefined ? undefined : neighbourObject(plan, change.ip, change.mac);
        return this.#set(keyOf({ kind: "neighbour", ns, dev: plan.bridge, ip: change.ip }), object, dirty);
      }
      case "flood": {
        const object = change.present ? floodObject(plan, change.vtep, change.vni) : undefined;
        return this.#set(keyOf({ kind: "flood", ns, dev: plan.vxlan, vtep: change.vtep }), object, dirty);
      }
      case "local-mac":
        return;
    }
  }

  #set(key: ObjectKey, object: KernelObject | undefined, dirty: Set<ObjectKey>): void {
    this.objects.put(key, object);
    dirty.add(key);
  }

  #replaceStructure(next: Map<ObjectKey, KernelObject>, dirty: Set<ObjectKey>): void {
    for (const key of this.#structure.keys()) if (!next.has(key)) this.#set(key, undefined, dirty);
    for (const [key, object] of next) if (!sameValue(this.#structure.get(key), object)) this.#set(key, object, dirty);
    this.#structure = next;
  }

  #dropEntries(network: string, dirty: Set<ObjectKey>): void {
    for (const object of this.#entriesOf(network)) this.#put(object, undefined, dirty);
  }

  #putEntries(network: string, dirty: Set<ObjectKey>): void {
    for (const object of this.#entriesOf(network)) this.#put(object, object, dirty);
  }

  #put(named: KernelObject, object: KernelObject | undefined, dirty: Set<ObjectKey>): void {
    const key = keyOf(named);
    if (named.kind === "remote-mac") dirty.add(key);
    else this.#set(key, object, dirty);
  }

  *#entriesOf(network: string): Iterable<KernelObject> {
    const plan = this.#plans.get(network);
    const table = this.#tables.get(network);
    if (!plan || !table) return;
    for (const [mac, remote] of table.remotes) {
      const object = remoteMacObject(plan, mac, remote);
      if (object) yield object;
    }
    for (const [vtep, vni] of table.flood) {
      const object = floodObject(plan, vtep, vni);
      if (object) yield object;
    }
    for (const [ip, mac] of table.neighbours) yield neighbourObject(plan, ip, mac);
  }
}

function structureOf(
  plans: readonly NetworkPlan[],
  ports: readonly PortPlan[],
  domains: readonly DomainPlan[],
): Map<ObjectKey, KernelObject> {
  const out = new Map<ObjectKey, KernelObject>();
  const byNetwork = new Map(plans.map((p) => [p.network, p]));
  for (const plan of plans) for (const object of deviceObjects(plan)) out.set(keyOf(object), object);
  for (const object of questionObjects(plans)) out.set(keyOf(object), object);
  const byDomain = Map.groupBy(plans, (p) => p.domain);
  for (const domain of domains)
    for (const object of domainObjects(domain, byDomain.get(domain.domain) ?? [])) out.set(keyOf(object), object);
  for (const port of ports) {
    const plan = byNetwork.get(port.network);
    // Ports of adopted bridges are the administrator's to attach.
    if (plan?.mode !== "own") continue;
    const object = attachmentObject(plan, port);
    out.set(keyOf(object), object);
  }
  return out;
}
