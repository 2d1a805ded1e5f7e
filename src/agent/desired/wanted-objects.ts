// SPDX-License-Identifier: Apache-2.0
import type { Mac } from "../../base/net/mac.ts";
import type { MacCursor } from "../../base/net/mac-map.ts";
import { ownVxlanEntry } from "../kernel/own-entries.ts";
import type { RemoteMac } from "../../evpn/types.ts";
import type { VxlanEntry } from "../kernel/actual.ts";
import { reaches, remoteMacObject } from "./entry-objects.ts";
import type { ForwardingTable } from "./forwarding-tables.ts";
import type { NetworkPlan } from "./network-plan.ts";
import { keyOf, type KernelObject, type NamespaceName, type ObjectKey, parseKey } from "./object.ts";

/** What is wanted, by key. */
export interface Wanted {
  get(key: ObjectKey): KernelObject | undefined;
  has(key: ObjectKey): boolean;
}

/** The remote MACs that are wanted on one VXLAN device. */
export interface WantedMacs {
  readonly plan: NetworkPlan;
  /** What the device's table should have for a MAC, given by its two numbers. */
  entryAt(high: number, low: number): VxlanEntry | undefined;
  /** Walks through all of them. */
  cursor(): MacCursor<unknown>;
}

/**
 * Every wanted object by its key. Remote MACs, of which there are the most, are not kept here: their objects are made from what EVPN told
 * when somebody asks, or 50,000 of them with their keys would take 10 MB (bench/figures/fib.ts).
 */
export class WantedObjects implements Wanted {
  readonly #objects = new Map<ObjectKey, KernelObject>();
  readonly #tables: ReadonlyMap<string, ForwardingTable>;
  #plans: ReadonlyMap<string, NetworkPlan> = new Map();

  constructor(tables: ReadonlyMap<string, ForwardingTable>) {
    this.#tables = tables;
  }

  /** The networks whose remote MACs are wanted. */
  setPlans(plans: readonly NetworkPlan[]): void {
    this.#plans = new Map(plans.map((p) => [`${p.ns} ${p.vxlan}`, p]));
  }

  /** For all objects but remote MACs of networks. */
  put(key: ObjectKey, object: KernelObject | undefined): void {
    if (object) this.#objects.set(key, object);
    else this.#objects.delete(key);
  }

  get size(): number {
    let size = this.#objects.size;
    for (const plan of this.#plans.values()) size += this.#tables.get(plan.network)?.remotes.size ?? 0;
    return size;
  }

  get(key: ObjectKey): KernelObject | undefined {
    if (!key.startsWith("remote-mac ")) return this.#objects.get(key);
    const { ns, dev, mac } = parseKey(key) as { readonly ns: NamespaceName; readonly dev: string; readonly mac: Mac };
    const plan = this.#plans.get(`${ns} ${dev}`);
    // The MAC of a router.
    if (!plan) return this.#objects.get(key);
    const remote = this.#tables.get(plan.network)?.remotes.get(mac);
    return remote && remoteMacObject(plan, mac, remote);
  }

  has(key: ObjectKey): boolean {
    return this.get(key) !== undefined;
  }

  macsOf(ns: NamespaceName, dev: string): WantedMacs | undefined {
    const plan = this.#plans.get(`${ns} ${dev}`);
    const remotes = plan && this.#tables.get(plan.network)?.remotes;
    if (!remotes) return undefined;
    // MACs behind one VTEP come in runs, and share what EVPN told.
    let recent: RemoteMac | undefined;
    let entry: VxlanEntry | undefined;
    return {
      plan,
      cursor: () => remotes.cursor(),
      entryAt: (high, low) => {
        const remote = remotes.getAt(high, low);
        if (remote === recent) return entry;
        recent = remote;
        const isReached = remote !== undefined && reaches(plan, remote.vtep);
        return (entry = isReached ? ownVxlanEntry(remote.vtep, remote.vni === plan.vni ? undefined : remote.vni) : undefined);
      },
    };
  }

  /** VXLAN devices with remote MACs. */
  *devices(): Generator<{ readonly plan: NetworkPlan; readonly macs: WantedMacs }> {
    for (const plan of this.#plans.values()) {
      const macs = this.macsOf(plan.ns, plan.vxlan);
      if (macs) yield { plan, macs };
    }
  }

  /** The keys of all but remote MACs. */
  otherKeys(): Iterable<ObjectKey> {
    return this.#objects.keys();
  }

  *keys(): Generator<ObjectKey> {
    for (const [key] of this) yield key;
  }

  *[Symbol.iterator](): Generator<readonly [ObjectKey, KernelObject]> {
    yield* this.#objects;
    for (const plan of this.#plans.values()) {
      for (const [mac, remote] of this.#tables.get(plan.network)?.remotes ?? []) {
        const object = remoteMacObject(plan, mac, remote);
        if (object) yield [keyOf(object), object];
      }
    }
  }
}
