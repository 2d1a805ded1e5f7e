// SPDX-License-Identifier: Apache-2.0
import type { Timer } from "../base/run/clock.ts";
import type { Component } from "../base/run/component.ts";
import type { Mac } from "../base/net/mac.ts";
import type { BestChange } from "../bgp/rib/types.ts";
import type { AgentConfig } from "../contract/config/load.ts";
import { Evpn } from "../evpn/evpn.ts";
import { EvpnError } from "../evpn/errors.ts";
import { RdAllocator } from "../evpn/instance/route-distinguisher.ts";
import type { EvpnOutput, IpVrf, MacVrf } from "../evpn/types.ts";
import type { SightingRecord } from "../record/recording.ts";
import { BestPaths } from "./best-paths.ts";
import { countKinds } from "./count-kinds.ts";
import { DesiredState } from "./desired/desired-state.ts";
import { hostNamespace, type NamespaceName, type ObjectKey } from "./desired/object.ts";
import { ipVrfs } from "./desired/resolve-domains.ts";
import { macVrfs, peerAddresses, type ResolvedNetworks, resolveNetworks } from "./desired/resolve-networks.ts";
import { sameValue } from "./desired/same-value.ts";
import { AddressCheck } from "./discovery/address-check.ts";
import { AddressDiscovery } from "./discovery/address-discovery.ts";
import { type FollowedNamespaces, namespacesOf } from "./discovery/followed-namespaces.ts";
import * as ev from "./events.ts";
import { reportEvpnEvent } from "./evpn-events.ts";
import { ForwardingPath } from "./forwarding-path.ts";
import { Kernel } from "./kernel/kernel.ts";
import { Mirror } from "./kernel/mirror.ts";
import { dynamicNeighbourKeys, ownedKeys, surplusKeys } from "./kernel/owned-keys.ts";
import { encapsulation, readUnderlay, type Underlay } from "./kernel/underlay.ts";
import { Nat } from "./nat/nat.ts";
import { readPublicSide } from "./nat/public-side.ts";
import { AddressMoves } from "./local/address-moves.ts";
import { LocalFacts } from "./local/local-facts.ts";
import { LocalPrefixes } from "./local/local-prefixes.ts";
import { workloadPort } from "./local/place.ts";
import { namespacePrefix } from "./ownership.ts";
import { Audit } from "./reconcile/audit.ts";
import { Reconciler } from "./reconcile/loop.ts";
import type { PlanContext } from "./reconcile/plan/context.ts";
import type { VtepOptions } from "./vtep-options.ts";

/** FRR 8.4 as reflector sends its End-of-RIB some hundred ms before the routes (measured); a stale entry does no harm for so long, ms. */
const lateRoutes = 3000;

const noUnderlay: Underlay = { present: false, device: undefined, mtu: undefined };
const nothingResolved: ResolvedNetworks = { plans: [], refused: [], ports: [], domains: [] };

/**
 * The VTEP of this host: joins kernel, EVPN tables and configuration. Input is drained in turns: kernel events → local facts → EVPN →
 * wanted state → plan, each once per turn of the loop. Knows BGP only as best paths that come in and routes that go out.
 */
export class Vtep implements Component {
  readonly #o: VtepOptions;
  readonly evpn: Evpn;
  readonly mirror = new Mirror();
  readonly desired = new DesiredState();
  readonly kernel: Kernel;
  readonly reconciler: Reconciler;
  readonly audit: Audit;
  readonly planContext: PlanContext;
  readonly #local = new LocalFacts();
  readonly #prefixes = new LocalPrefixes();
  readonly nat: Nat;
  readonly #discovery: AddressDiscovery;
  readonly #check: AddressCheck;
  readonly #moves: AddressMoves;
  readonly #forwarding: ForwardingPath;
  readonly #best: BestPaths;
  #config: AgentConfig;
  #rds: RdAllocator;
  #vrfs: readonly MacVrf[] = [];
  #ipVrfs: readonly IpVrf[] = [];
  #resolved = nothingResolved;
  /** `namespace device` of every network served since the start: what was put there may have to be taken away later. */
  readonly #served = new Set<string>();
  #underlay = noUnderlay;
  #underlayChanged = true;
  #configChanged = true;
  #keepSurplus = true;
  /** What an earlier run left: stays until the peers have told everything. What we put there ourselves goes when it is withdrawn. */
  #inherited: ReadonlySet<ObjectKey> = new Set();
  #turnDue: Timer | undefined;
  #tick: Timer | undefined;
  #sweepDue: Timer | undefined;
  #readyAt: number | undefined;
  #startedAt = 0;
  #running = false;
  /** Objects of an earlier run that the start found. */
  adopted = 0;

  constructor(options: VtepOptions) {
    this.#o = options;
    this.#config = options.config;
    this.#rds = new RdAllocator(options.config.bgp.routerId);
    this.evpn = new Evpn({ duplicates: duplicatePolicy(options.config) });
    const { connect, namespaces, sysctls, rulesets, clock, journal, metrics } = options;
    this.kernel = new Kernel({
      connect,
      namespaces,
      sysctls,
      rulesets,
      mirror: this.mirror,
      onChange: () => this.#scheduleTurn(),
      onUnderlayChange: () => {
        this.#underlayChanged = true;
        this.#scheduleTurn();
      },
      onOverrun: (ns, reason) => this.#overrun(ns, reason),
      onProxied: options.onProxied,
    });
    this.planContext = this.#makePlanContext();
    const context = this.planContext;
    this.reconciler = new Reconciler({
      kernel: this.kernel,
      clock,
      journal,
      metrics,
      context,
      wanted: this.desired.objects,
      onIdle: () => this.#idle(),
    });
    const { mirror, reconciler, desired } = this;
    this.nat = new Nat({
      config: () => this.#config,
      plans: () => this.#resolved.plans,
      mtu: () => this.innerMtu(),
      mirror,
      desired,
      mark: (keys) => reconciler.mark(keys),
      originate: (routes) => options.originate(routes),
    });
    this.#moves = new AddressMoves({ clock, mirror, desired, local: this.#local, keepSurplus: () => this.#keepSurplus });
    this.#forwarding = new ForwardingPath({ mirror, desired, reconciler, moves: this.#moves, metrics });
    this.#best = new BestPaths(clock, (changes) => this.#take(this.evpn.applyBest(changes, clock.now())));
    this.#discovery = new AddressDiscovery({
      clock,
      mirror,
      isLocal: (...at) => context.isLocal(...at),
      apply: (ops) => reconciler.once(ops),
      check: (keys) => reconciler.mark(keys),
    });
    this.#check = new AddressCheck({
      clock,
      mirror,
      isLocal: (...at) => context.isLocal(...at),
      plan: (network) => desired.plan(network),
      plans: () => desired.plans(),
      metrics,
      ask: (questions) => options.onQuestions?.(questions),
      apply: (ops) => reconciler.once(ops),
    });
    this.audit = new Audit({ kernel: this.kernel, reconciler: this.reconciler, wanted: this.desired.objects, clock, journal, metrics });
    metrics.onScrape(() => this.#measure());
  }

  get config(): AgentConfig {
    return this.#config;
  }

  get resolved(): ResolvedNetworks {
    return this.#resolved;
  }

  get underlay(): Underlay {
    return this.#underlay;
  }

  get vrfs(): readonly MacVrf[] {
    return this.#vrfs;
  }

  get ipVrfs(): readonly IpVrf[] {
    return this.#ipVrfs;
  }

  /** Everything wanted was done once since the start. */
  get ready(): boolean {
    return this.#readyAt !== undefined;
  }

  /** Best paths are on their way to the kernel. */
  get isBusy(): boolean {
    return this.#best.isBusy || !this.reconciler.idle;
  }

  /** Peers have told everything: what nobody announces was taken away. */
  get converged(): boolean {
    return !this.#keepSurplus;
  }

  /**
   * Adopts what an earlier run left, then announces and programs. Nothing is flushed.
   * @throws NetlinkError, SystemCallError when the host namespace cannot be read
   */
  async start(): Promise<void> {
    const { clock, journal, namespaces } = this.#o;
    this.#o.onInput?.({ in: "start" });
    this.#startedAt = clock.now();
    this.#running = true;
    this.kernel.open(hostNamespace);
    for (const ns of namespaces.list()) {
      if (ns.startsWith(namespacePrefix) && this.kernel.ownerOf(ns) === "ours") this.kernel.open(ns);
    }
    const owned = [...ownedKeys(this.mirror)];
    this.adopted = owned.length;
    this.#inherited = new Set(owned);
    this.#turn();
    this.reconciler.mark(owned);
    journal.emit(ev.agentStarted, { host: this.#config.host, adopted: owned.length });
    this.audit.start(this.#config.audit.period * 1000);
    this.#check.start();
  }

  /** Leaves the kernel as it is. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#turnDue?.cancel();
    this.#best.stop();
    this.#tick?.cancel();
    this.#sweepDue?.cancel();
    this.#discovery.stop();
    this.#check.stop();
    await this.audit.stop();
    await this.reconciler.stop();
    this.kernel.closeAll();
  }

  /** What the RIB selected. */
  applyBest(changes: readonly BestChange[]): void {
    if (this.#running) this.#best.add(changes);
  }

  /** What stations of bridges said that their addresses are. */
  sighted(list: readonly SightingRecord[]): void {
    this.#o.onInput?.({ in: "sightings", list });
    if (!this.#running) return;
    this.#check.heard(list);
    this.#discovery.see(list);
  }

  /** The peers have told everything, or nobody waits for them any longer: entries that nobody announces go soon. */
  convergedBy(why: string): void {
    this.#o.onInput?.({ in: "converged", why });
    if (!this.#keepSurplus || !this.#running || this.#sweepDue) return;
    this.#sweepDue = this.#o.clock.after(lateRoutes, () => this.#sweep(why));
  }

  #sweep(why: string): void {
    // The end of a large table still waits for its turn.
    if (this.#best.isBusy) {
      this.#sweepDue = this.#o.clock.after(lateRoutes, () => this.#sweep(why));
      return;
    }
    this.#keepSurplus = false;
    this.#inherited = new Set();
    const surplus = [...surplusKeys(this.mirror, this.desired.objects)];
    this.#o.journal.emit(ev.agentConverged, { why, surplus: surplus.length });
    this.reconciler.mark([...surplus, ...dynamicNeighbourKeys(this.mirror)]);
  }

  /** Takes over another configuration. @throws EvpnError, and then nothing has changed */
  reconfigure(config: AgentConfig): void {
    this.#o.onInput?.({ in: "config", config });
    const before = { config: this.#config, rds: this.#rds };
    this.#config = config;
    if (before.config.bgp.routerId !== config.bgp.routerId) this.#rds = new RdAllocator(config.bgp.routerId);
    this.#configChanged = true;
    this.#underlayChanged = true;
    try {
      this.#turn();
    } catch (e) {
      this.#config = before.config;
      this.#rds = before.rds;
      // What was read of the host is for the configuration that was refused.
      this.#underlayChanged = true;
      this.#scheduleTurn();
      throw e;
    }
    this.audit.start(config.audit.period * 1000);
    this.#o.journal.emit(ev.configApplied, { networks: this.#resolved.plans.length, ports: config.ports.length });
  }

  /** Without a MAC or an IP: all. @returns how many came out of quarantine */
  clearDuplicates({ network, mac, ip }: { readonly network?: string; readonly mac?: string; readonly ip?: string }): number {
    this.#o.onInput?.({ in: "clear-duplicates", network: network ?? null, mac: mac ?? null, ...(ip === undefined ? {} : { ip }) });
    let cleared = 0;
    const now = this.#o.clock.now();
    for (const entry of this.evpn.duplicates(network)) {
      const isMeant = entry.ip === undefined ? mac === entry.mac : ip === entry.ip;
      if (!isMeant && (mac ?? ip) !== undefined) continue;
      const output =
        entry.ip === undefined
          ? this.evpn.clearDuplicate(entry.network, entry.mac!, now)
          : this.evpn.clearDuplicateIp(entry.network, entry.ip, now);
      if (!output) continue;
      cleared++;
      this.#take(output);
    }
    return cleared;
  }

  #scheduleTurn(): void {
    if (!this.#running) return;
    this.#turnDue ??= this.#o.clock.soon(() => {
      // Devices of the administrator that contradict each other; with the configuration itself this was checked when it was taken.
      this.#turn((e) => this.#o.journal.emit(ev.configRefused, { error: e.message }));
    });
  }

  /** @param onRefusal what cannot be served is told, and what is served goes on; without it nothing has changed. @throws EvpnError */
  #turn(onRefusal?: (e: EvpnError) => void): void {
    this.#turnDue?.cancel();
    this.#turnDue = undefined;
    this.kernel.readChangedTables();
    const changes = this.mirror.takeChanges();
    try {
      if (this.#underlayChanged || (changes.links.has(hostNamespace) && (this.#config.vtep || this.#config.public))) this.#readUnderlay();
      if (this.#configChanged || changes.links.size > 0) this.#resolve();
    } catch (e) {
      if (!(e instanceof EvpnError) || !onRefusal) {
        this.mirror.giveBack(changes);
        throw e;
      }
      onRefusal(e);
    }
    const local = [...this.#local.update(this.mirror, changes), ...this.#prefixes.update(this.mirror, changes)];
    for (const [kind, n] of countKinds(local)) this.#o.metrics.add(ev.localChanges, { kind }, n);
    this.nat.told(local);
    if (local.length > 0) this.#take(this.evpn.applyLocal(local, this.#o.clock.now()));
    this.reconciler.once([...this.#moves.departureOps(local), ...this.#moves.arrivalOps(local)]);
    this.#discovery.arrived(local);
    this.#check.told(local);
    this.reconciler.mark(changes.objects);
    this.reconciler.mark(this.#moves.keysOf(local));
    this.nat.update();
    if (changes.links.size === 0) return;
    this.#follow();
    this.reconciler.mark(this.reconciler.waiting.keys());
    this.reconciler.retryMissing();
  }

  #readUnderlay(): void {
    const { vtep } = this.#config;
    const conn = this.kernel.conn(hostNamespace);
    this.#underlayChanged = false;
    if (conn) this.nat.setPublicSide(readPublicSide(conn, this.kernel.options, this.#config.public?.interface));
    const links = this.mirror.tables(hostNamespace)?.links;
    const found = vtep && conn && links ? readUnderlay(conn, links, vtep.address, peerAddresses(this.#config), vtep.device) : noUnderlay;
    if (sameValue(found, this.#underlay)) return;
    this.#underlay = found;
    this.#configChanged = true;
  }

  /** MTU of a network's devices: what fits the underlay; undefined while that is not known, which leaves devices as they are. */
  innerMtu(): number | undefined {
    const { vtep } = this.#config;
    if (!vtep) return undefined;
    const outer = vtep.mtu === "auto" ? this.#underlay.mtu : vtep.mtu;
    return outer === undefined ? undefined : outer - encapsulation(vtep.address);
  }

  /** Looks anew at which networks there are; passes on only what differs. */
  #resolve(): void {
    const next = resolveNetworks(this.#config, this.mirror.links(hostNamespace), this.innerMtu());
    const unchanged = !this.#configChanged && sameValue(next, this.#resolved);
    if (unchanged) return;
    const { domains, networks, bgp } = this.#config;
    for (const { rd } of [...domains, ...networks]) if (rd !== undefined) this.#rds.reserve(rd);
    const vrfs = macVrfs(next.plans, networks, bgp.asn, this.#rds);
    const routed = ipVrfs(next.domains, domains, bgp.asn, this.#rds);
    const now = this.#o.clock.now();
    // First, because it may refuse, and then nothing has changed.
    const output = this.evpn.configure(vrfs, now, routed);
    this.#configChanged = false;
    this.#reportNetworks(next);
    this.#resolved = next;
    const vnis = new Set([...vrfs.map((v) => v.vni), ...routed.map((d) => d.l3vni)]);
    for (const vni of [...this.#vrfs.map((v) => v.vni), ...this.#ipVrfs.map((d) => d.l3vni)]) if (!vnis.has(vni)) this.#rds.release(vni);
    this.#vrfs = vrfs;
    this.#ipVrfs = routed;
    this.#o.onInstances?.([...vrfs, ...routed]);
    this.#o.onPlaces?.(next);
    for (const { ns, vxlan, bridge } of next.plans) this.#served.add(`${ns} ${vxlan}`).add(`${ns} ${bridge}`);
    for (const { ns, tunnel } of next.domains) if (tunnel) this.#served.add(`${ns} ${tunnel.vxlan}`);
    const gone = [...this.#local.configure(next.plans, next.ports), ...this.#prefixes.configure(next.domains, next.plans)];
    this.#discovery.configure(next.plans, next.ports, networks);
    this.#follow();
    const dirty = this.desired.configure(next.plans, next.ports, next.domains);
    this.#take(output);
    this.nat.told(gone);
    this.nat.invalidate();
    if (gone.length > 0) this.#take(this.evpn.applyLocal(gone, now));
    this.reconciler.mark(dirty);
  }

  #follow(): void {
    const namespaces: FollowedNamespaces = this.#config.discovery ? namespacesOf(this.#resolved.plans, this.mirror) : new Map();
    this.#check.follow(namespaces);
    this.#o.onNamespaces?.(namespaces);
  }

  #reportNetworks(next: ResolvedNetworks): void {
    const { journal } = this.#o;
    const before = this.#resolved;
    const names = (plans: ResolvedNetworks["plans"]): ReadonlySet<string> => new Set(plans.map((p) => p.network));
    const [had, has] = [names(before.plans), names(next.plans)];
    for (const { network, vni, mode } of next.plans) if (!had.has(network)) journal.emit(ev.networkAdded, { network, vni, mode });
    for (const { network, vni } of before.plans) if (!has.has(network)) journal.emit(ev.networkRemoved, { network, vni });
    for (const r of next.refused) {
      if (before.refused.some((b) => sameValue(b, r))) continue;
      journal.emit(ev.networkRefused, { network: r.network, vni: r.vni, reason: r.reason });
    }
  }

  #take(output: EvpnOutput): void {
    const { originate, journal, metrics } = this.#o;
    if (output.routes.length > 0) originate(output.routes);
    this.#forwarding.take(output.forwarding);
    for (const event of output.events) reportEvpnEvent(event, journal, metrics);
    this.#scheduleTick();
  }

  #scheduleTick(): void {
    this.#tick?.cancel();
    const { clock } = this.#o;
    const at = this.evpn.nextDeadline();
    this.#tick = at === undefined ? undefined : clock.after(Math.max(0, at - clock.now()), () => this.#take(this.evpn.tick(clock.now())));
  }

  #makePlanContext(): PlanContext {
    const isLocal: PlanContext["isLocal"] = (ns, bridge, mac) => {
      const tables = this.mirror.tables(ns);
      return tables !== undefined && workloadPort(tables, this.mirror.bridgeEntry(ns, bridge, mac as Mac)) !== undefined;
    };
    return {
      wanted: this.desired.objects,
      actual: this.mirror,
      manages: (ns, dev) => this.#served.has(`${ns} ${dev}`),
      isLocal,
      isElsewhere: (ns, bridge, mac) => {
        const network = this.#keepSurplus ? undefined : this.#local.networkAt(ns, bridge);
        return network !== undefined && this.desired.table(network)?.remotes.has(mac) === true;
      },
      keeps: (key) => this.#inherited.has(key),
      keepsSome: () => this.#inherited.size > 0,
    };
  }

  #overrun(ns: NamespaceName, reason: string): void {
    const { journal, metrics } = this.#o;
    metrics.add(ev.overruns, {});
    journal.emit(ev.kernelOverrun, { namespace: ns || "the host namespace", reason });
    void this.audit.run();
  }

  #idle(): void {
    if (this.#readyAt !== undefined || !this.#running) return;
    this.#readyAt = this.#o.clock.now();
    this.#o.journal.emit(ev.agentReady, { ms: Math.round(this.#readyAt - this.#startedAt) });
  }

  #measure(): void {
    const { metrics } = this.#o;
    metrics.set(ev.objectsWanted, {}, this.desired.objects.size);
    metrics.set(ev.objectsPending, {}, this.reconciler.waiting.size + this.reconciler.dirtyCount);
    metrics.set(ev.objectsFailing, {}, this.reconciler.failures.size + this.reconciler.conflicts.size);
  }
}

function duplicatePolicy({ duplicateDetection: d }: AgentConfig) {
  return { moves: d.moves, windowMs: d.seconds * 1000, recoverMs: d.recovery === "never" ? undefined : d.recovery * 1000 };
}
