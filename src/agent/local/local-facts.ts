// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import type { LocalChange } from "../../evpn/types.ts";
import type { NetworkPlan, PortPlan } from "../desired/network-plan.ts";
import type { NamespaceName } from "../desired/object.ts";
import { sameValue } from "../desired/same-value.ts";
import type { Mirror } from "../kernel/mirror.ts";
import type { MirrorChanges } from "../kernel/mirror-changes.ts";
import { LocalNetwork } from "./local-network.ts";
import { placeOf } from "./place.ts";

/** From what the kernel shows to what EVPN should announce: MACs and addresses of this host's workloads, per network. */
export class LocalFacts {
  readonly #networks = new Map<string, LocalNetwork>();
  #plans: readonly NetworkPlan[] = [];
  #byBridge: ReadonlyMap<string, NetworkPlan> = new Map();
  #ports: readonly PortPlan[] = [];
  /** Every network was looked at since the last configuration. */
  #allSeen = false;

  /** Replaces networks and declared ports. Those that went are taken back at once, the others with the next {@link update}. */
  configure(plans: readonly NetworkPlan[], ports: readonly PortPlan[]): LocalChange[] {
    const out: LocalChange[] = [];
    const before = new Map(this.#plans.map((p) => [p.network, p]));
    const next = new Map(plans.map((p) => [p.network, p]));
    for (const [name, network] of this.#networks) {
      const place = next.get(name);
      if (place && samePlace(place, before.get(name))) continue;
      for (const change of network.clear()) out.push(change);
      this.#networks.delete(name);
    }
    const portsChanged = !sameValue(this.#ports, ports);
    for (const plan of plans) {
      const known = this.#networks.get(plan.network);
      const network = known ?? new LocalNetwork(plan.network);
      if (!known || portsChanged) network.declare(ports.filter((p) => p.network === plan.network));
      this.#networks.set(plan.network, network);
    }
    this.#plans = plans;
    this.#byBridge = new Map(plans.map((p) => [`${p.ns} ${p.bridge}`, p]));
    this.#ports = ports;
    this.#allSeen = false;
    return out;
  }

  /** Addresses that are known here of a MAC, also of one that has left since. */
  addressesOf(network: string, mac: Mac): Iterable<Ip> {
    return this.#networks.get(network)?.addressesOf(mac) ?? [];
  }

  /** The network that has this bridge. */
  networkAt(ns: NamespaceName, bridge: string): string | undefined {
    return this.#byBridge.get(`${ns} ${bridge}`)?.network;
  }

  update(mirror: Mirror, changes: MirrorChanges): LocalChange[] {
    const out: LocalChange[] = [];
    for (const plan of this.#concerned(mirror, changes)) {
      const network = this.#networks.get(plan.network)!;
      const place = placeOf(plan, mirror.tables(plan.ns));
      if (!place) {
        for (const change of network.clear()) out.push(change);
        continue;
      }
      const changed = changes.bridge(plan.ns, place.bridge.index);
      if (!changed && !changes.links.has(plan.ns) && network.settled) continue;
      // One by one: a workload that invents MACs brings more than a call takes arguments.
      for (const change of network.update(place, changed?.macs ?? [], changed?.ips ?? [])) out.push(change);
    }
    this.#allSeen = true;
    return out;
  }

  /** All networks when devices or declarations changed, otherwise those of the bridges of which something was told: seldom more than one of 1,000. */
  #concerned(mirror: Mirror, changes: MirrorChanges): readonly NetworkPlan[] {
    if (changes.links.size > 0 || !this.#allSeen) return this.#plans;
    const found: NetworkPlan[] = [];
    for (const [ns, index] of changes.bridges()) {
      const name = mirror.linkByIndex(ns, index)?.name;
      const plan = name === undefined ? undefined : this.#byBridge.get(`${ns} ${name}`);
      if (plan) found.push(plan);
    }
    return found;
  }
}

function samePlace(a: NetworkPlan, b: NetworkPlan | undefined): boolean {
  return b !== undefined && a.ns === b.ns && a.bridge === b.bridge && a.vni === b.vni;
}
