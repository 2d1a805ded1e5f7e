// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { LocalChange, Origination } from "../../evpn/types.ts";
import type { DesiredState } from "../desired/desired-state.ts";
import { assignLinks, indexOfInside } from "../desired/nat/link-index.ts";
import { natObjects } from "../desired/nat/nat-objects.ts";
import { domainsOutside, type NatConfig, type NatPlan, noNat, resolveNat } from "../desired/nat/resolve-nat.ts";
import type { NetworkPlan } from "../desired/network-plan.ts";
import { namespaceOf } from "../desired/place-networks.ts";
import type { ObjectKey } from "../desired/object.ts";
import { sameValue } from "../desired/same-value.ts";
import type { Mirror } from "../kernel/mirror.ts";
import { noPublicSide, type PublicSide } from "./public-side.ts";
import { UnicastRoutes } from "./unicast-routes.ts";

export interface NatOptions {
  readonly config: () => NatConfig;
  readonly plans: () => readonly NetworkPlan[];
  /** MTU of the overlay, octets. */
  readonly mtu: () => number | undefined;
  readonly mirror: Mirror;
  readonly desired: DesiredState;
  readonly mark: (keys: Iterable<ObjectKey>) => void;
  readonly originate: (routes: readonly Origination[]) => void;
}

/** Keeps NAT of this host as the configuration and the workloads that are here want it. */
export class Nat {
  readonly #o: NatOptions;
  readonly #routes = new UnicastRoutes();
  /** Addresses of this host's workloads, by network. */
  readonly #local = new Map<string, Set<Ip>>();
  #links: ReadonlyMap<string, number> = new Map();
  #side: PublicSide = noPublicSide;
  #mtu: number | undefined;
  #changed = true;
  plan: NatPlan = noNat;

  constructor(options: NatOptions) {
    this.#o = options;
  }

  /** Configuration or networks are others. */
  invalidate(): void {
    this.#changed = true;
  }

  setPublicSide(side: PublicSide): void {
    if (sameValue(side, this.#side)) return;
    this.#side = side;
    this.#changed = true;
  }

  told(changes: readonly LocalChange[]): void {
    for (const change of changes) {
      if (change.kind === "neighbour-up") {
        const { network, ip } = change.neighbour;
        const ips = this.#local.get(network);
        if (ips?.has(ip)) continue;
        if (ips) ips.add(ip);
        else this.#local.set(network, new Set([ip]));
      } else if (change.kind === "neighbour-down") {
        if (this.#local.get(change.network)?.delete(change.ip) !== true) continue;
      } else continue;
      // Most addresses have no floating IP; whoever has none at all is not asked again for every one.
      if (this.plan.floating.length > 0) this.#changed = true;
    }
  }

  /** Brings wanted objects and announcements in line; does nothing when nothing changed. */
  update(): void {
    const { mtu } = this.#o;
    if (!this.#changed && mtu() === this.#mtu) return;
    this.#changed = false;
    this.#mtu = mtu();
    const plan = this.#resolve();
    this.plan = plan;
    this.#o.mark(this.#o.desired.replaceNat(natObjects(plan, this.#mtu)));
    const routes = this.#routes.update(plan.announced);
    if (routes.length > 0) this.#o.originate(routes);
  }

  #resolve(): NatPlan {
    const config = this.#o.config();
    const plans = this.#o.plans();
    // A domain without a network here has no workloads to translate.
    const present = new Set(plans.flatMap((p) => (p.mode === "own" && p.domain !== undefined ? [p.domain] : [])));
    const outside = domainsOutside(config).filter((d) => present.has(d));
    this.#links = assignLinks(outside, this.#links.size > 0 ? this.#links : this.#linksOfKernel(outside));
    const local = new Map<string, Set<Ip>>();
    for (const p of plans) {
      if (p.domain === undefined) continue;
      const ips = local.get(p.domain) ?? new Set();
      for (const ip of this.#local.get(p.network) ?? []) ips.add(ip);
      local.set(p.domain, ips);
    }
    return resolveNat(config, { local, ...this.#side, links: this.#links });
  }

  /** What an earlier run gave them. */
  #linksOfKernel(domains: readonly string[]): Map<string, number> {
    const out = new Map<string, number>();
    for (const domain of domains) {
      for (const { name, alias } of this.#o.mirror.links(namespaceOf(domain))) {
        const index = alias === undefined ? undefined : indexOfInside(name);
        if (index !== undefined) out.set(domain, index);
      }
    }
    return out;
  }
}
