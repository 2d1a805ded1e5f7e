// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../base/net/ip.ts";
import type { Mac } from "../base/net/mac.ts";
import type { BestChange } from "../bgp/rib/types.ts";
import { Domains } from "./domains.ts";
import { Importer } from "./forward/importer.ts";
import { checkDomains, checkInstances } from "./instance/check-instances.ts";
import { macEntries, neighbourEntries, networkCounts, vtepEntries } from "./instance/inspect.ts";
import { domainCounts, prefixEntries } from "./instance/inspect-domain.ts";
import { Instance } from "./instance/instance.ts";
import { announceMulticast } from "./originate/announce.ts";
import { Duplicates } from "./originate/duplicates.ts";
import { applyLocalChange, claimParked, releaseIp } from "./originate/local-facts.ts";
import { ParkedFacts } from "./originate/parked-facts.ts";
import { RouteEncoder } from "./originate/route-encoder.ts";
import type { DomainCounts, DuplicateEntry, MacEntry, NeighbourEntry, NetworkCounts, PrefixEntry, VtepEntry } from "./rows.ts";
import { sameList } from "./same-list.ts";
import { settle } from "./settle.ts";
import { Turn } from "./turn.ts";
import type { DuplicatePolicy, EvpnOutput, IpVrf, LocalChange, MacVrf, NetworkFact, RoutedSubnet } from "./types.ts";

/**
 * The EVPN tables of one host: routes in, forwarding changes out; local facts in, routes out — RFC 7432, RFC 8365.
 * Pure: time comes as `now` in ms (any origin, never going back), and every step returns only what it changed.
 */
export class Evpn {
  readonly #instances = new Map<string, Instance>();
  readonly #importer = new Importer();
  readonly #domains = new Domains(this.#importer);
  readonly #duplicates: Duplicates;
  readonly #parked = new ParkedFacts();

  constructor(options: { readonly duplicates?: Partial<DuplicatePolicy> } = {}) {
    this.#duplicates = new Duplicates(options.duplicates ?? {});
  }

  /** Replaces the sets of networks and domains. @throws EvpnError for sets that contradict themselves; nothing has changed then */
  configure(networks: readonly MacVrf[], now: number, domains: readonly IpVrf[] = []): EvpnOutput {
    const wanted = checkInstances(networks);
    const wantedDomains = checkDomains(domains, networks);
    const turn = new Turn(now);
    for (const [network, instance] of this.#instances) if (!wanted.has(network)) this.#remove(turn, instance);
    const touched = this.#domains.configure(turn, wantedDomains, this.#instances.values());
    for (const vrf of wanted.values()) {
      const instance = this.#instances.get(vrf.network);
      if (instance) this.#change(turn, instance, vrf, touched);
      else this.#add(turn, vrf);
    }
    return this.#end(turn);
  }

  #add(turn: Turn, vrf: MacVrf): void {
    const instance = new Instance(vrf, this.#domains.get(vrf.domain)?.vrf);
    this.#instances.set(vrf.network, instance);
    announceMulticast(turn, instance);
    this.#domains.enter(turn, instance);
    this.#importer.join(turn, instance);
    for (const change of this.#parked.take(vrf.network)) applyLocalChange(turn, instance, change, this.#duplicates);
  }

  /** @param touched domains that are not what they were */
  #change(turn: Turn, instance: Instance, vrf: MacVrf, touched: ReadonlySet<string>): void {
    const old = instance.vrf;
    const isSameDevice = old.vni === vrf.vni && old.vtep === vrf.vtep;
    const isSameRouting = old.domain === vrf.domain && old.gatewayMac === vrf.gatewayMac && sameSubnets(old, vrf);
    const isSameInside = isSameDevice && isSameRouting && sameList(old.importTargets, vrf.importTargets);
    const isSameDomain = isSameRouting && !(vrf.domain !== undefined && touched.has(vrf.domain));
    const isSameOutside = isSameDevice && isSameDomain && old.rd === vrf.rd && sameList(old.exportTargets, vrf.exportTargets);
    if (isSameInside && isSameOutside) return;
    if (!isSameInside) this.#importer.leave(turn, instance);
    if (!isSameRouting) this.#domains.leave(turn, instance);
    instance.vrf = vrf;
    if (!isSameRouting) this.#domains.enter(turn, instance);
    if (!isSameInside) this.#importer.join(turn, instance);
    if (isSameOutside) return;
    instance.encoder = new RouteEncoder(vrf, this.#domains.get(vrf.domain)?.vrf);
    announceMulticast(turn, instance);
    for (const mac of instance.macs.values()) turn.announcements.add(mac);
  }

  #remove(turn: Turn, instance: Instance): void {
    this.#importer.leave(turn, instance);
    this.#domains.leave(turn, instance);
    this.#parked.keep(instance);
    this.#instances.delete(instance.vrf.network);
    if (instance.multicast) turn.routes.push({ kind: "withdraw", nlri: instance.multicast.route.nlri });
    for (const mac of instance.macs.values()) {
      mac.claim = undefined;
      this.#duplicates.forget(mac);
      turn.macs.add(mac);
    }
    for (const ip of instance.ips.values()) {
      ip.local = undefined;
      this.#duplicates.ips.forget(ip);
      turn.ips.add(ip);
    }
  }

  /** Feeds what the RIB selected. Families other than l2vpn-evpn and our own routes are passed over. */
  applyBest(changes: readonly BestChange[], now: number): EvpnOutput {
    const turn = new Turn(now);
    for (const change of changes) this.#importer.apply(turn, change);
    return this.#end(turn);
  }

  /** Feeds what the host knows of its own workloads. Facts for a network that is not configured wait for it. */
  applyLocal(changes: readonly LocalChange[], now: number): EvpnOutput {
    const turn = new Turn(now);
    for (const change of changes) {
      if (change.kind === "prefix-up" || change.kind === "prefix-down") {
        this.#domains.apply(turn, change);
        continue;
      }
      const network = networkOf(change);
      const instance = this.#instances.get(network);
      if (instance) applyLocalChange(turn, instance, change, this.#duplicates);
      else this.#parked.apply(network, change);
    }
    return this.#end(turn);
  }

  /** Ends a quarantine by hand; `undefined` when the MAC is in none. */
  clearDuplicate(network: string, mac: Mac, now: number): EvpnOutput | undefined {
    const state = this.#instances.get(network)?.macs.get(mac);
    if (!state?.quarantine) return undefined;
    const turn = new Turn(now);
    this.#duplicates.release(turn, state, "operator");
    claimParked(turn, state, this.#duplicates);
    return this.#end(turn);
  }

  /** The same for an IP. */
  clearDuplicateIp(network: string, ip: Ip, now: number): EvpnOutput | undefined {
    const state = this.#instances.get(network)?.ips.get(ip);
    if (!state || !this.#duplicates.ips.quarantineOf(state)) return undefined;
    const turn = new Turn(now);
    releaseIp(turn, state, "operator", this.#duplicates);
    return this.#end(turn);
  }

  /** Lets go what is due. Call at {@link nextDeadline}. */
  tick(now: number): EvpnOutput {
    const turn = new Turn(now);
    for (const state of this.#duplicates.due(now)) {
      this.#duplicates.release(turn, state, "timer");
      claimParked(turn, state, this.#duplicates);
    }
    for (const state of this.#duplicates.ips.due(now)) releaseIp(turn, state, "timer", this.#duplicates);
    return this.#end(turn);
  }

  /** When `tick` has something to do, on the scale of `now`; undefined when nothing waits. */
  nextDeadline(): number | undefined {
    return this.#duplicates.nextDeadline();
  }

  #end(turn: Turn): EvpnOutput {
    settle(turn, this.#duplicates, this.#domains);
    return turn.output();
  }

  #chosen(network: string | undefined): readonly Instance[] {
    if (network === undefined) return [...this.#instances.values()];
    const instance = this.#instances.get(network);
    return instance ? [instance] : [];
  }

  /**
   * All networks, or one. So for the queries below. May be walked through while the tables change: each row is as it is when it is asked for, what is
   * there all the time comes exactly once.
   */
  *vteps(network?: string): Generator<VtepEntry> {
    for (const instance of this.#chosen(network)) yield* vtepEntries(instance);
  }

  *macs(network?: string, mac?: Mac): Generator<MacEntry> {
    for (const instance of this.#chosen(network)) yield* macEntries(instance, mac);
  }

  *neighbours(network?: string): Generator<NeighbourEntry> {
    for (const instance of this.#chosen(network)) yield* neighbourEntries(instance);
  }

  duplicates(network?: string): readonly DuplicateEntry[] {
    const entries: DuplicateEntry[] = [];
    for (const { instance, mac, quarantine } of this.#duplicates.all()) {
      const { network: name, vni } = instance.vrf;
      if (!quarantine || (network !== undefined && network !== name)) continue;
      entries.push({ network: name, vni, mac, ip: undefined, moves: quarantine.moves, since: quarantine.since, until: quarantine.until });
    }
    for (const [{ instance, ip }, { holder, moves, since, until }] of this.#duplicates.ips.all()) {
      const { network: name, vni } = instance.vrf;
      if (network === undefined || network === name) entries.push({ network: name, vni, mac: holder, ip, moves, since, until });
    }
    return entries;
  }

  /** All domains, or one; otherwise as {@link macs}. */
  *prefixes(domain?: string): Generator<PrefixEntry> {
    const domains = [...this.#domains.all()];
    for (const d of domains) if (domain === undefined || d.vrf.domain === domain) yield* prefixEntries(d);
  }

  /** Undefined for a domain that is not configured. */
  domainCounts(domain: string): DomainCounts | undefined {
    const found = this.#domains.get(domain);
    return found && domainCounts(found);
  }

  /** Undefined for a network that is not configured. */
  counts(network: string): NetworkCounts | undefined {
    const instance = this.#instances.get(network);
    return instance && networkCounts(instance);
  }
}

function networkOf(change: NetworkFact): string {
  if (change.kind === "mac-up") return change.mac.network;
  return change.kind === "neighbour-up" ? change.neighbour.network : change.network;
}

function sameSubnets(a: MacVrf, b: MacVrf): boolean {
  const isSame = (x: RoutedSubnet, y: RoutedSubnet): boolean =>
    x.gateway === y.gateway && x.prefix.ip === y.prefix.ip && x.prefix.length === y.prefix.length;
  return sameList(a.subnets ?? [], b.subnets ?? [], isSame);
}
