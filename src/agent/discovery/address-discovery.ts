// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import type { Clock, Timer } from "../../base/run/clock.ts";
import type { NetworkSection } from "../../contract/config/agent-schema.ts";
import type { LocalChange } from "../../evpn/types.ts";
import type { NetworkPlan, PortPlan } from "../desired/network-plan.ts";
import { keyOf, type NamespaceName, type ObjectKey } from "../desired/object.ts";
import type { Mirror } from "../kernel/mirror.ts";
import type { Op } from "../reconcile/op.ts";
import type { Sighting } from "./sighting.ts";

/** How long the kernel's word that a MAC is at a port of ours may come after the MAC's frame, ms. */
const patience = 1000;
/** Stations of other hosts speak here too, by flooding: more than so many at once are not kept. */
const mostPending = 4096;
/** An address may go from MAC to MAC so often in that time, ms; the rest waits, and then only the last word counts. */
const mostMoves = 5;
const moveWindow = 10_000;

export interface AddressDiscoveryOptions {
  readonly clock: Clock;
  readonly mirror: Mirror;
  /** The MAC is at a workload port of this host, as the bridge has it now. */
  readonly isLocal: (ns: NamespaceName, bridge: string, mac: Mac) => boolean;
  readonly apply: (ops: readonly Op[]) => void;
  /** Compares objects with what is wanted. */
  readonly check: (keys: readonly ObjectKey[]) => void;
}

interface Spoken {
  readonly plan: NetworkPlan;
  readonly ip: Ip;
  readonly mac: Mac;
}

interface Moves {
  /** Times of the last ones. */
  at: readonly number[];
  last: Spoken | undefined;
}

/**
 * Which address a workload has, from what it says to others. The kernel takes that only from gratuitous ARP, and never for an
 * address of which it knows by us that it is elsewhere; so an address that went to another MAC on another host would stay there for
 * good. What is found becomes a neighbour entry of the kernel's own kind: it is announced like every other, and outlives this process.
 */
export class AddressDiscovery {
  readonly #o: AddressDiscoveryOptions;
  #plans: ReadonlyMap<string, NetworkPlan> = new Map();
  /** `network ip`: addresses that somebody gave a MAC, or the gateway. */
  #settled: ReadonlySet<string> = new Set();
  /** `network mac` → what it said before it was known to be here. Oldest first. */
  readonly #pending = new Map<string, { readonly spoken: Map<Ip, Spoken>; readonly at: number }>();
  readonly #moves = new Map<string, Moves>();
  #due: Timer | undefined;
  readonly #unchecked = new Set<ObjectKey>();
  #check: Timer | undefined;

  constructor(options: AddressDiscoveryOptions) {
    this.#o = options;
  }

  configure(plans: readonly NetworkPlan[], ports: readonly PortPlan[], networks: readonly NetworkSection[]): void {
    this.#plans = new Map(plans.map((p) => [`${p.ns} ${p.bridge}`, p]));
    // A gateway is answered for by every host.
    const gateways = networks.flatMap((n) => n.subnets.flatMap((s) => (s.gateway === undefined ? [] : [`${n.name} ${s.gateway}`])));
    this.#settled = new Set([...gateways, ...ports.flatMap((p) => (p.mac === undefined ? [] : p.ips.map((ip) => `${p.network} ${ip}`)))]);
  }

  see(sightings: readonly Sighting[]): void {
    const { mirror, isLocal, clock } = this.#o;
    const ops: Op[] = [];
    const now = clock.now();
    for (const { ns, index, ip, mac } of sightings) {
      const bridge = mirror.linkByIndex(ns, index);
      const plan = bridge && this.#plans.get(`${ns} ${bridge.name}`);
      if (!plan || mac === bridge.address || this.#settled.has(`${plan.network} ${ip}`)) continue;
      const spoken = { plan, ip, mac };
      if (isLocal(ns, plan.bridge, mac)) this.#learn(spoken, now, ops);
      else if (!this.#isKnown(spoken)) this.#keep(spoken, now);
    }
    this.#o.apply(ops);
  }

  /** MACs that the kernel says are here now. */
  arrived(changes: readonly LocalChange[]): void {
    if (this.#pending.size === 0) return;
    const ops: Op[] = [];
    let now: number | undefined;
    for (const change of changes) {
      if (change.kind !== "mac-up") continue;
      const key = `${change.mac.network} ${change.mac.mac}`;
      const found = this.#pending.get(key);
      if (!found) continue;
      this.#pending.delete(key);
      now ??= this.#o.clock.now();
      if (now - found.at > patience) continue;
      for (const spoken of found.spoken.values()) if (this.#isHere(spoken)) this.#learn(spoken, now, ops);
    }
    this.#o.apply(ops);
  }

  stop(): void {
    this.#due?.cancel();
    this.#check?.cancel();
    this.#due = this.#check = undefined;
  }

  #isHere({ plan, mac }: Spoken): boolean {
    return this.#plans.get(`${plan.ns} ${plan.bridge}`)?.network === plan.network && this.#o.isLocal(plan.ns, plan.bridge, mac);
  }

  /** A station of another host that says what is known: nearly all of what is flooded here. */
  #isKnown({ plan, ip, mac }: Spoken): boolean {
    return this.#o.mirror.neighbour(plan.ns, plan.bridge, ip)?.mac === mac;
  }

  #keep(spoken: Spoken, now: number): void {
    for (const [key, { at }] of this.#pending) {
      if (now - at <= patience && this.#pending.size < mostPending) break;
      this.#pending.delete(key);
    }
    const key = `${spoken.plan.network} ${spoken.mac}`;
    const before = this.#pending.get(key)?.spoken ?? new Map<Ip, Spoken>();
    this.#pending.delete(key);
    this.#pending.set(key, { spoken: before.set(spoken.ip, spoken), at: now });
  }

  #learn(spoken: Spoken, now: number, ops: Op[]): void {
    const { plan, ip, mac } = spoken;
    const { ns, bridge: dev, network } = plan;
    const found = this.#o.mirror.neighbour(ns, dev, ip);
    const entry = found?.origin === "failed" ? undefined : found;
    const moves = this.#moves.get(`${network} ${ip}`);
    if (entry?.origin === "dynamic" && entry.mac === mac) {
      // Back before the other one's turn came.
      if (moves) moves.last = undefined;
      return;
    }
    // Somebody put it there who knows, or a routing daemon.
    if (entry?.origin === "static" || entry?.origin === "daemon") return;
    // Known to be elsewhere with its MAC: whether the MAC is here now is settled first, and takes the address along.
    if (entry?.origin === "own" && entry.mac === mac) return;
    if (entry && entry.mac !== mac && !this.#mayMove(spoken, now)) return;
    // The kernel asks it whether that is so where it can (IPv4), and keeps no address that nobody answers for.
    const key = keyOf({ kind: "neighbour", ns, dev, ip });
    ops.push({ kind: "release-neighbour", key, ns, dev, ip, mac });
    this.#checkLater(key);
  }

  /** Where EVPN did not take our word, because the address may not move say, the entry has to be again as it was. */
  #checkLater(key: ObjectKey): void {
    this.#unchecked.add(key);
    this.#check ??= this.#o.clock.after(patience, () => {
      this.#check = undefined;
      this.#o.check([...this.#unchecked]);
      this.#unchecked.clear();
    });
  }

  #mayMove(spoken: Spoken, now: number): boolean {
    const key = `${spoken.plan.network} ${spoken.ip}`;
    const moves = this.#moves.get(key) ?? { at: [], last: undefined };
    this.#moves.set(key, moves);
    moves.at = moves.at.filter((at) => now - at < moveWindow);
    moves.last = undefined;
    if (moves.at.length < mostMoves) {
      moves.at = [...moves.at, now];
      this.#schedule(now + moveWindow, now);
      return true;
    }
    moves.last = spoken;
    this.#schedule(moves.at[0]! + moveWindow, now);
    return false;
  }

  #schedule(at: number, now: number): void {
    this.#due ??= this.#o.clock.after(Math.max(1, at - now), () => this.#settle());
  }

  /** Addresses that were held back have their turn; those that were quiet are forgotten. */
  #settle(): void {
    this.#due = undefined;
    const now = this.#o.clock.now();
    const ops: Op[] = [];
    let next = Infinity;
    for (const [key, moves] of this.#moves) {
      moves.at = moves.at.filter((at) => now - at < moveWindow);
      const { last } = moves;
      if (moves.at.length < mostMoves) {
        moves.last = undefined;
        if (last && this.#isHere(last)) this.#learn(last, now, ops);
      }
      if (moves.at.length === 0) this.#moves.delete(key);
      else next = Math.min(next, moves.at[0]! + moveWindow);
    }
    if (next !== Infinity) this.#schedule(next, now);
    this.#o.apply(ops);
  }
}
