// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import type { Clock, Timer } from "../../base/run/clock.ts";
import type { Component } from "../../base/run/component.ts";
import type { Journal } from "../../base/run/journal.ts";
import type { Metrics } from "../../base/run/metrics.ts";
import { namespacePath } from "../../base/sys/namespace.ts";
import type { LeaseRow } from "../../contract/inspect.ts";
import type { DhcpProvider } from "../../daemon/provider.ts";
import { NftablesError } from "../../nftables/errors.ts";
import { listTable } from "../../nftables/rulesets.ts";
import type { NamespaceName } from "../desired/object.ts";
import { boundaryName, crossingCounter } from "./boundary-table.ts";
import { serverFolders, ServerFolder } from "./dnsmasq-process.ts";
import * as ev from "./events.ts";
import { countFamilies } from "./lease-file.ts";
import { Server } from "./server.ts";
import type { ServicePlan } from "./service-plan.ts";

export interface DhcpOptions {
  /** Where the servers keep their files: `<run directory>/dhcp`. */
  readonly folder: string;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly metrics: Metrics;
}

/** Numbers within text by their value. */
const inOrder = new Intl.Collator("en", { numeric: true }).compare;
/** Between looks at the servers, while all is quiet and while something is in motion, ms. */
const [quietPause, busyPause] = [1000, 50];

/** DHCP, router advertisements and DNS of this host: a dnsmasq for each domain that wants one. */
export class DhcpService implements Component, DhcpProvider {
  readonly #o: DhcpOptions;
  readonly #servers = new Map<string, Server>();
  #due: Timer | undefined;
  #dueSoon = false;
  #started = false;

  constructor(options: DhcpOptions) {
    this.#o = options;
    options.metrics.onScrape(() => this.#measure());
  }

  /** Takes over what an earlier run left; what nobody wants any more ends with the first {@link follow}. */
  start(): Promise<void> {
    this.#started = true;
    for (const domain of serverFolders(this.#o.folder)) this.#server(domain);
    this.#schedule(true);
    return Promise.resolve();
  }

  /** The servers go on. */
  stop(): Promise<void> {
    this.#started = false;
    this.#due?.cancel();
    for (const server of this.#servers.values()) server.close();
    return Promise.resolve();
  }

  /** What is to be served from now on. */
  follow(plans: readonly ServicePlan[]): void {
    const wanted = new Map(plans.map((p) => [p.domain, p]));
    for (const [domain, server] of this.#servers) if (!wanted.has(domain)) server.plan = undefined;
    for (const [domain, plan] of wanted) this.#server(domain).plan = plan;
    this.#schedule(true);
  }

  /** Domains that are to be served and are not: `domain shop` → why. */
  problems(): ReadonlyMap<string, string> {
    return new Map(
      [...this.#servers].flatMap(([domain, s]) => (s.problem === undefined ? [] : [[`domain ${domain}`, s.problem] as const])),
    );
  }

  /** By domain and address. */
  leases(): readonly LeaseRow[] {
    return [...this.#servers]
      .toSorted(([a], [b]) => a.localeCompare(b))
      .flatMap(([domain, { report }]) =>
        report.leases
          .toSorted((a, b) => inOrder(a.ip, b.ip))
          .map(({ ip, name, expires }) => ({
            domain,
            ip,
            name: name === "" ? null : name,
            expires: expires === 0 ? null : new Date(expires * 1000).toISOString(),
          })),
      );
  }

  /** Undefined when nothing is to be served. */
  status(): { readonly domains: number; readonly serving: number; readonly leases: number } | undefined {
    const wanted = [...this.#servers.values()].filter((s) => s.plan !== undefined);
    if (wanted.length === 0) return undefined;
    const leases = wanted.reduce((n, s) => n + s.report.leases.length, 0);
    return { domains: wanted.length, serving: wanted.filter((s) => s.isRunning).length, leases };
  }

  #server(domain: string): Server {
    const known = this.#servers.get(domain);
    if (known) return known;
    const { clock, journal, metrics } = this.#o;
    const folder = new ServerFolder(path.join(this.#o.folder, domain));
    const server = new Server({ domain, folder, clock, journal, metrics, onChange: () => this.#schedule(true) });
    this.#servers.set(domain, server);
    return server;
  }

  #schedule(soon: boolean): void {
    if (!this.#started || (this.#due !== undefined && (this.#dueSoon || !soon))) return;
    this.#due?.cancel();
    this.#dueSoon = soon;
    this.#due = this.#o.clock.after(soon ? busyPause : quietPause, () => this.#turn());
  }

  #turn(): void {
    this.#due = undefined;
    let moving = false;
    for (const [domain, server] of this.#servers) {
      if (server.step()) moving = true;
      if (!server.isGone) continue;
      this.#servers.delete(domain);
      new ServerFolder(path.join(this.#o.folder, domain)).remove();
    }
    this.#schedule(moving);
  }

  #measure(): void {
    const { metrics } = this.#o;
    for (const kind of [ev.leases, ev.crossing]) metrics.clear(kind);
    const wanted = [...this.#servers].filter(([, s]) => s.plan !== undefined);
    metrics.set(ev.servers, {}, wanted.filter(([, s]) => s.isRunning).length);
    for (const [domain, server] of wanted) {
      const { ipv4, ipv6 } = countFamilies(server.report.leases);
      metrics.set(ev.leases, { domain, family: "ipv4" }, ipv4);
      metrics.set(ev.leases, { domain, family: "ipv6" }, ipv6);
      const stopped = crossingFrames(server.plan!.ns);
      if (stopped !== undefined) metrics.set(ev.crossing, { domain }, stopped);
    }
  }
}

/** Undefined when there is no such table, or it cannot be read: another part of the status says so. */
function crossingFrames(ns: NamespaceName): number | undefined {
  try {
    return listTable(namespacePath(ns), { family: "bridge", name: boundaryName })?.counters.get(crossingCounter)?.packets;
  } catch (e) {
    if (e instanceof NftablesError || (e as { readonly errnoName?: string }).errnoName === "ENOENT") return undefined;
    throw e;
  }
}
