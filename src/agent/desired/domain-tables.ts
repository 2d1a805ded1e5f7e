// SPDX-License-Identifier: Apache-2.0
import { type ChangedRoute, DomainTable, type PrefixChange, type PutObject } from "./domain-table.ts";
import type { DomainPlan, NetworkPlan } from "./network-plan.ts";
import { sameValue } from "./same-value.ts";

/** The routed part of the wanted state: for each domain what EVPN told, and where it is on this host. */
export class DomainTables {
  readonly #tables = new Map<string, DomainTable>();
  #plans = new Map<string, DomainPlan>();
  /** Of the networks of each domain: network → bridge. */
  #bridges: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map();

  /** Replaces the domains. What EVPN told about one that keeps its name stays. */
  configure(domains: readonly DomainPlan[], networks: readonly NetworkPlan[], put: PutObject): void {
    const before = { plans: this.#plans, bridges: this.#bridges };
    this.#plans = new Map(domains.map((d) => [d.domain, d]));
    const byDomain = Map.groupBy(networks, (n) => n.domain ?? "");
    this.#bridges = new Map(
      domains.map(({ domain }) => [domain, new Map(byDomain.get(domain)?.map((n) => [n.network, n.bridge] as const))]),
    );
    const isAsBefore = (domain: string): boolean =>
      sameValue(before.plans.get(domain), this.#plans.get(domain)) &&
      sameValue([...(before.bridges.get(domain) ?? [])], [...(this.#bridges.get(domain) ?? [])]);
    const changed = new Set([...before.plans.keys(), ...this.#plans.keys()].filter((domain) => !isAsBefore(domain)));
    for (const domain of changed) {
      const [table, had] = [this.#tables.get(domain), before.plans.get(domain)];
      if (table && had) table.dropAll(had, put);
    }
    for (const domain of changed) {
      const [table, plan] = [this.#tables.get(domain), this.#plans.get(domain)];
      if (table && plan) table.putAll(plan, (network) => this.#bridges.get(domain)?.get(network), put);
    }
    for (const [domain, table] of this.#tables) if (table.empty && !this.#plans.has(domain)) this.#tables.delete(domain);
  }

  /** @param put takes the routers that came or went @returns the route that changed, with its key and name */
  apply(change: PrefixChange, put: PutObject): ChangedRoute | undefined {
    const { domain } = change;
    let table = this.#tables.get(domain);
    if (!table) this.#tables.set(domain, (table = new DomainTable()));
    const name = table.apply(change);
    const plan = this.#plans.get(domain);
    if (name === undefined || !plan) return undefined;
    const bridges = this.#bridges.get(domain);
    return table.changed(name, change.prefix, plan, (network) => bridges?.get(network), put);
  }
}
