// SPDX-License-Identifier: Apache-2.0
import type { Mac } from "../../base/net/mac.ts";
import type { Clock } from "../../base/run/clock.ts";
import type { ForwardingChange, LocalChange } from "../../evpn/types.ts";
import type { DesiredState } from "../desired/desired-state.ts";
import { keyOf, type ObjectKey } from "../desired/object.ts";
import type { Mirror } from "../kernel/mirror.ts";
import type { Op } from "../reconcile/op.ts";
import { DepartedAddresses } from "./departed-addresses.ts";
import type { LocalFacts } from "./local-facts.ts";

export interface AddressMovesOptions {
  readonly clock: Clock;
  readonly mirror: Mirror;
  readonly desired: DesiredState;
  readonly local: LocalFacts;
  /** The peers have not told everything yet. */
  readonly keepSurplus: () => boolean;
}

/** What becomes of the addresses of a MAC that leaves this host or comes to it. */
export class AddressMoves {
  readonly #o: AddressMovesOptions;
  readonly #departed = new DepartedAddresses();

  constructor(options: AddressMovesOptions) {
    this.#o = options;
  }

  /**
   * Addresses that a MAC had while it was here do not go along with it unless a route says so. The kernel would go on answering
   * ARP for them, and they would be announced again should the MAC come back with others.
   */
  staleOps(changes: readonly ForwardingChange[]): Op[] {
    const ops: Op[] = [];
    for (const change of changes) if (change.kind === "remote-mac" && change.remote) this.#leaveBehind(change.network, change.mac, ops);
    return ops;
  }

  /**
   * The same for a MAC that was here although it is elsewhere: routes say nothing new of one that may not move, but what the kernel
   * learned of the one that claimed it stays.
   */
  departureOps(changes: readonly LocalChange[]): Op[] {
    const ops: Op[] = [];
    for (const change of changes) {
      if (change.kind !== "mac-down") continue;
      if (this.#o.desired.table(change.network)?.remotes.has(change.mac)) this.#leaveBehind(change.network, change.mac, ops);
    }
    return ops;
  }

  /** Neighbours of MACs that came or went: whether the kernel has to keep them depends on that. */
  keysOf(changes: readonly LocalChange[]): ObjectKey[] {
    const keys: ObjectKey[] = [];
    for (const change of changes) {
      if (change.kind !== "mac-down" && change.kind !== "mac-up") continue;
      const { network, mac } = change.kind === "mac-up" ? change.mac : change;
      const plan = this.#o.desired.plan(network);
      if (!plan) continue;
      for (const ip of this.#o.local.addressesOf(network, mac)) keys.push(keyOf({ kind: "neighbour", ns: plan.ns, dev: plan.bridge, ip }));
    }
    return keys;
  }

  #leaveBehind(network: string, mac: Mac, ops: Op[]): void {
    const plan = this.#o.desired.plan(network);
    // Before the peers have told everything, nobody can know which addresses went along.
    if (!plan || this.#o.keepSurplus()) return;
    const { ns, bridge } = plan;
    for (const ip of this.#o.local.addressesOf(network, mac)) {
      const key = keyOf({ kind: "neighbour", ns, dev: bridge, ip });
      const learned = this.#o.mirror.neighbour(ns, bridge, ip)?.origin === "dynamic";
      if (!learned || this.#o.desired.objects.has(key)) continue;
      ops.push({ kind: "delete-neighbour", key, ns, dev: bridge, ip });
      // Should it be back in a moment, having announced itself while the kernel still had the entry, it is asked.
      this.#departed.note(network, mac, ip, this.#o.clock.now());
    }
  }

  /** Before the change is made, while the MAC of an address is still known. */
  noteDepartures(changes: readonly ForwardingChange[]): void {
    for (const change of changes) {
      if (change.kind !== "remote-neighbour" || change.mac !== undefined) continue;
      const mac = this.#o.desired.table(change.network)?.neighbours.get(change.ip);
      if (mac !== undefined) this.#departed.note(change.network, mac, change.ip, this.#o.clock.now());
    }
  }

  /** The kernel asks a MAC that has just come here whether it still has the addresses that it had a moment ago. */
  arrivalOps(changes: readonly LocalChange[]): Op[] {
    const ops: Op[] = [];
    for (const change of changes) {
      if (change.kind !== "mac-up") continue;
      const { network, mac } = change.mac;
      const plan = this.#o.desired.plan(network);
      for (const ip of this.#departed.take(network, mac, this.#o.clock.now())) {
        if (!plan) continue;
        const { ns, bridge: dev } = plan;
        const key = keyOf({ kind: "neighbour", ns, dev, ip });
        const entry = this.#o.mirror.neighbour(ns, dev, ip);
        // One of ours or the kernel's own for this MAC may be about to go; asking once more does it no harm.
        const isUsed = entry !== undefined && entry.origin !== "failed";
        const isTaken = isUsed && (entry.mac !== mac || entry.origin === "static" || entry.origin === "daemon");
        if (!isTaken && !this.#o.desired.objects.has(key)) ops.push({ kind: "release-neighbour", key, ns, dev, ip, mac });
      }
    }
    return ops;
  }
}
