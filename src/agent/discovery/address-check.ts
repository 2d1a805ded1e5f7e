// SPDX-License-Identifier: Apache-2.0
import { type Ip, isIp4 } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import type { Clock, Timer } from "../../base/run/clock.ts";
import type { Metrics } from "../../base/run/metrics.ts";
import type { LocalChange } from "../../evpn/types.ts";
import type { NetworkPlan } from "../desired/network-plan.ts";
import { keyOf, type NamespaceName } from "../desired/object.ts";
import { addressesGivenUp } from "../events.ts";
import type { Mirror } from "../kernel/mirror.ts";
import type { Op } from "../reconcile/op.ts";
import type { FollowedNamespaces } from "./followed-namespaces.ts";
import type { Sighting } from "./sighting.ts";
import type { Question } from "./solicitation.ts";

/** RFC 4861 §10: MAX_UNICAST_SOLICIT, and RETRANS_TIMER in ms. */
const attempts = 3;
const retransmit = 1000;
/** Questions at once, and the pause before more, ms: after a restart there may be thousands. */
const most = 100;
const pause = 20;
/** An address of which nothing was heard for so long is asked for, ms; and how often that is looked at. */
const quiet = 15 * 60_000;
const patrol = 60_000;

export interface AddressCheckOptions {
  readonly clock: Clock;
  readonly mirror: Mirror;
  /** The MAC is at a workload port of this host, as the bridge has it now. */
  readonly isLocal: (ns: NamespaceName, bridge: string, mac: Mac) => boolean;
  readonly plan: (network: string) => NetworkPlan | undefined;
  readonly plans: () => readonly NetworkPlan[];
  readonly metrics: Metrics;
  readonly ask: (questions: readonly Question[]) => void;
  readonly apply: (ops: readonly Op[]) => void;
}

interface Asked {
  readonly ns: NamespaceName;
  readonly bridge: string;
  readonly ip: Ip;
  readonly mac: Mac;
  tries: number;
  due: number;
}

/**
 * Whether workloads still have the addresses that they are believed to have. An address that is given up says no word; the new host of
 * a MAC takes over what the old one knew of it, and the kernel's garbage collection leaves alone what we marked. For IPv4 the kernel
 * asks when it is told to, and judges; a station may not answer its question for the sender address in it, so there is another from here.
 * The kernel cannot ask for IPv6 without a link-local address on the bridge, so that is done here alone.
 */
export class AddressCheck {
  readonly #o: AddressCheckOptions;
  /** By `ns bridge ip`, in order of their turn. */
  readonly #asked = new Map<string, Asked>();
  /** When a local address was last heard or asked for, and with which MAC. */
  readonly #known = new Map<string, { readonly mac: Mac; readonly at: number }>();
  /** `ns bridge mac` → when it was here last, of those that left a moment ago. Its last words may be heard after it was taken for gone. */
  readonly #left = new Map<string, number>();
  /** Namespaces in which something was heard: elsewhere an answer would not be. */
  readonly #hears = new Set<NamespaceName>();
  #followed: FollowedNamespaces = new Map();
  #turn: Timer | undefined;
  #patrol: Timer | undefined;

  constructor(options: AddressCheckOptions) {
    this.#o = options;
  }

  start(): void {
    this.#patrol = this.#o.clock.after(patrol, () => {
      this.#look();
      this.start();
    });
  }

  stop(): void {
    this.#turn?.cancel();
    this.#patrol?.cancel();
    this.#turn = this.#patrol = undefined;
  }

  /** Told in which namespaces somebody listens from now on. */
  follow(namespaces: FollowedNamespaces): void {
    for (const ns of this.#hears) if (namespaces.get(ns) !== this.#followed.get(ns)) this.#hears.delete(ns);
    this.#followed = namespaces;
  }

  heard(sightings: readonly Sighting[]): void {
    const now = this.#o.clock.now();
    for (const { ns, index, ip, mac } of sightings) {
      this.#hears.add(ns);
      const bridge = this.#o.mirror.linkByIndex(ns, index)?.name;
      if (bridge === undefined) continue;
      const key = `${ns} ${bridge} ${ip}`;
      if (this.#asked.get(key)?.mac === mac) this.#asked.delete(key);
      if (this.#o.isLocal(ns, bridge, mac)) this.#known.set(key, { mac, at: now });
    }
  }

  /** Addresses that are believed to be here from now on, and those that no longer are. */
  told(changes: readonly LocalChange[]): void {
    const now = this.#o.clock.now();
    const ops: Op[] = [];
    for (const change of changes) {
      if (change.kind === "neighbour-down") this.#forget(change.network, change.ip);
      if (change.kind === "mac-down") this.#leave(change.network, change.mac, now);
      if (change.kind !== "neighbour-up" || change.neighbour.origin !== "learned") continue;
      const { network, ip, mac } = change.neighbour;
      const plan = this.#o.plan(network);
      if (!plan) continue;
      const known = this.#known.get(`${plan.ns} ${plan.bridge} ${ip}`);
      // Heard a moment ago: that is why it is believed.
      const since = Math.max(now - retransmit, this.#left.get(`${plan.ns} ${plan.bridge} ${mac}`) ?? -Infinity);
      if (!(known?.mac === mac && known.at > since)) this.#begin(plan, ip, mac, now);
      // The kernel took another MAC from a question that it heard, and asked nobody.
      if (isIp4(ip) && known && this.#o.mirror.neighbour(plan.ns, plan.bridge, ip)?.stale) ops.push(askByKernel(plan, ip, mac));
    }
    this.#o.apply(ops);
  }

  /** What was heard before it left says nothing when it comes back, be that a moment later. */
  #forget(network: string, ip: Ip): void {
    const plan = this.#o.plan(network);
    if (plan) this.#known.delete(`${plan.ns} ${plan.bridge} ${ip}`);
  }

  #leave(network: string, mac: Mac, now: number): void {
    for (const [key, at] of this.#left) {
      if (now - at < retransmit) break;
      this.#left.delete(key);
    }
    const plan = this.#o.plan(network);
    if (!plan) return;
    const key = `${plan.ns} ${plan.bridge} ${mac}`;
    this.#left.delete(key);
    this.#left.set(key, now);
  }

  #begin({ ns, bridge }: NetworkPlan, ip: Ip, mac: Mac, now: number): void {
    if (!this.#hears.has(ns)) return;
    this.#asked.set(`${ns} ${bridge} ${ip}`, { ns, bridge, ip, mac, tries: 0, due: now });
    this.#schedule(now);
  }

  #schedule(at: number): void {
    this.#turn ??= this.#o.clock.after(Math.max(0, at - this.#o.clock.now()), () => this.#ask());
  }

  #ask(): void {
    this.#turn = undefined;
    const { clock, mirror } = this.#o;
    const now = clock.now();
    const questions: Question[] = [];
    const ops: Op[] = [];
    for (const [key, one] of this.#asked) {
      const { ns, bridge, ip, mac } = one;
      if (one.due > now) continue;
      if (questions.length === most) break;
      this.#asked.delete(key);
      const device = mirror.link(ns, bridge);
      const entry = mirror.neighbour(ns, bridge, ip);
      // Where nobody listens silence says nothing.
      if (!this.#hears.has(ns)) continue;
      // What became of it is known otherwise.
      if (device?.address === undefined || entry?.origin !== "dynamic" || entry.mac !== mac || !this.#o.isLocal(ns, bridge, mac)) continue;
      if (one.tries === attempts) {
        if (!isIp4(ip)) ops.push({ kind: "delete-neighbour", key: keyOf({ kind: "neighbour", ns, dev: bridge, ip }), ns, dev: bridge, ip });
        continue;
      }
      questions.push({ ns, index: device.index, from: device.address, ip, mac });
      this.#asked.set(key, { ...one, tries: one.tries + 1, due: now + retransmit });
    }
    if (questions.length > 0) this.#o.ask(questions);
    this.#o.metrics.add(addressesGivenUp, {}, ops.length);
    this.#o.apply(ops);
    let next = Infinity;
    for (const { due } of this.#asked.values()) next = Math.min(next, due);
    if (next !== Infinity) this.#schedule(Math.max(next, now + pause));
  }

  /** Asks for addresses that nobody has mentioned for a long time, and forgets when those were heard that are no more. */
  #look(): void {
    const { clock, mirror, isLocal } = this.#o;
    const now = clock.now();
    const ops: Op[] = [];
    const here = new Set<string>();
    for (const plan of this.#o.plans()) {
      const { ns, bridge } = plan;
      const index = mirror.link(ns, bridge)?.index;
      for (const [ip, entry] of (index !== undefined && mirror.tables(ns)?.neighbours.get(index)) || []) {
        if (entry.kept !== true || !isLocal(ns, bridge, entry.mac)) continue;
        const name = `${ns} ${bridge} ${ip}`;
        here.add(name);
        const known = this.#known.get(name);
        if (known?.mac === entry.mac && now - known.at < quiet) continue;
        this.#known.set(name, { mac: entry.mac, at: now });
        if (!known) continue;
        if (isIp4(ip) && entry.stale !== true) continue;
        this.#begin(plan, ip, entry.mac, now);
        if (isIp4(ip)) ops.push(askByKernel(plan, ip, entry.mac));
      }
    }
    for (const name of this.#known.keys()) if (!here.has(name)) this.#known.delete(name);
    this.#o.apply(ops);
  }
}

function askByKernel({ ns, bridge: dev }: NetworkPlan, ip: Ip, mac: Mac): Op {
  return { kind: "release-neighbour", key: keyOf({ kind: "neighbour", ns, dev, ip }), ns, dev, ip, mac };
}
