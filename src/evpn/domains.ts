// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../base/net/ip.ts";
import type { Mac } from "../base/net/mac.ts";
import { maskIp, type Prefix, prefixContains } from "../base/net/prefix.ts";
import type { Esi } from "../bgp/wire/nlri/evpn/esi.ts";
import type { Importer } from "./forward/importer.ts";
import { Domain, type PrefixState } from "./instance/domain.ts";
import type { Instance, IpState } from "./instance/instance.ts";
import { PrefixEncoder } from "./originate/prefix-encoder.ts";
import { sameList } from "./same-list.ts";
import type { Turn } from "./turn.ts";
import type { IpVrf, LocalPrefix, PrefixFact } from "./types.ts";

/** The IP-VRFs of the host, and what networks and hosts mean to them. */
export class Domains {
  readonly #importer: Importer;
  readonly #byName = new Map<string, Domain>();
  /** Local prefixes by domain and text, of domains that are not configured, too. */
  readonly #facts = new Map<string, Map<string, LocalPrefix>>();

  constructor(importer: Importer) {
    this.#importer = importer;
  }

  /** Undefined for a domain without an L3VNI: its networks are not routed between hosts. */
  get(name: string | undefined): Domain | undefined {
    return name === undefined ? undefined : this.#byName.get(name);
  }

  all(): Iterable<Domain> {
    return this.#byName.values();
  }

  /** Replaces the set. @returns domains that came, went or changed what their networks say to others */
  configure(turn: Turn, wanted: ReadonlyMap<string, IpVrf>, networks: Iterable<Instance>): ReadonlySet<string> {
    const touched = new Set<string>();
    for (const [name, domain] of this.#byName) {
      if (wanted.has(name)) continue;
      touched.add(name);
      this.#remove(turn, domain);
    }
    const existing = [...networks];
    for (const [name, vrf] of wanted) {
      const domain = this.#byName.get(name);
      if (!domain) this.#add(turn, vrf, existing);
      if (!domain || this.#change(turn, domain, vrf)) touched.add(name);
    }
    return touched;
  }

  #add(turn: Turn, vrf: IpVrf, networks: readonly Instance[]): void {
    const domain = new Domain(vrf);
    this.#byName.set(vrf.domain, domain);
    this.#importer.joinDomain(turn, domain);
    for (const fact of this.#facts.get(vrf.domain)?.values() ?? []) setFact(turn, domain, fact.prefix, fact);
    for (const network of networks) if (network.vrf.domain === vrf.domain) this.enter(turn, network);
  }

  /** @returns whether its networks have something else to say now */
  #change(turn: Turn, domain: Domain, vrf: IpVrf): boolean {
    const old = domain.vrf;
    const isSameDevice = old.l3vni === vrf.l3vni && old.vtep === vrf.vtep && old.routerMac === vrf.routerMac;
    const isSameInside = isSameDevice && sameList(old.importTargets, vrf.importTargets);
    const isSameOutside = isSameDevice && old.rd === vrf.rd && sameList(old.exportTargets, vrf.exportTargets);
    if (!isSameInside) this.#importer.leaveDomain(turn, domain);
    domain.vrf = vrf;
    if (!isSameInside) this.#importer.joinDomain(turn, domain);
    if (isSameOutside) return false;
    domain.encoder = new PrefixEncoder(vrf);
    for (const state of domain.all()) turn.prefixes.add(state);
    return true;
  }

  #remove(turn: Turn, domain: Domain): void {
    this.#importer.leaveDomain(turn, domain);
    for (const network of domain.networks) this.leave(turn, network);
    for (const state of domain.all()) {
      state.fact = undefined;
      turn.prefixes.add(state);
    }
    this.#byName.delete(domain.vrf.domain);
  }

  /** A network's stations, subnets and gateways become the domain's. */
  enter(turn: Turn, network: Instance): void {
    const domain = this.get(network.vrf.domain);
    if (!domain) return;
    domain.networks.add(network);
    this.#countSubnets(turn, domain, network, 1);
    for (const ip of network.ips.values()) noteNeighbour(turn, domain, ip);
  }

  /** To be called before its domain or subnets change. */
  leave(turn: Turn, network: Instance): void {
    const domain = this.get(network.vrf.domain);
    if (!domain?.networks.delete(network)) return;
    this.#countSubnets(turn, domain, network, -1);
    for (const ip of network.ips.values()) noteNeighbour(turn, domain, ip);
  }

  #countSubnets(turn: Turn, domain: Domain, network: Instance, change: 1 | -1): void {
    for (const { prefix, gateway } of network.vrf.subnets ?? []) {
      const state = domain.at(maskIp(prefix.ip, prefix.length), prefix.length);
      state.subnets += change;
      turn.prefixes.add(state);
      const count = (domain.gateways.get(gateway) ?? 0) + change;
      if (count > 0) domain.gateways.set(gateway, count);
      else domain.gateways.delete(gateway);
      const host = domain.host(gateway);
      if (host) turn.prefixes.add(host);
      touchBehind(turn, domain, gateway);
    }
  }

  apply(turn: Turn, change: PrefixFact): void {
    const name = change.kind === "prefix-up" ? change.prefix.domain : change.domain;
    const { ip, length } = change.kind === "prefix-up" ? change.prefix.prefix : change.prefix;
    const prefix = { ip: maskIp(ip, length), length };
    let facts = this.#facts.get(name);
    if (!facts) this.#facts.set(name, (facts = new Map()));
    const key = `${prefix.ip}/${length}`;
    const fact = change.kind === "prefix-up" ? { ...change.prefix, prefix } : undefined;
    if (fact) facts.set(key, fact);
    else facts.delete(key);
    if (facts.size === 0) this.#facts.delete(name);
    const domain = this.#byName.get(name);
    if (domain) setFact(turn, domain, prefix, fact);
  }

  /** Once it is known what we announce: the domains of this host are told of each other. */
  exchange(turn: Turn): void {
    this.#importer.applyExports(turn);
  }

  /** After the addresses of a turn are settled: which prefixes that may change. */
  note(turn: Turn): void {
    for (const ip of turn.ips) {
      const domain = this.get(ip.instance.vrf.domain);
      if (domain) noteNeighbour(turn, domain, ip);
    }
    for (const domain of this.#byName.values()) {
      for (const esi of turn.segments) touchSegment(turn, domain, esi);
      if (domain.routerMacs.changed.size > 0) noteRouterMacs(turn, domain);
    }
  }
}

function setFact(turn: Turn, domain: Domain, { ip, length }: Prefix, fact: LocalPrefix | undefined): void {
  const state = domain.at(ip, length);
  state.fact = fact;
  turn.prefixes.add(state);
}

/** A station of a network that is here, or no longer; or one that a prefix leads to. */
function noteNeighbour(turn: Turn, domain: Domain, state: IpState): void {
  const { ip } = state;
  const isHere = state.localWins && domain.networks.has(state.instance) && isRouted(state);
  const here = domain.localHosts.get(ip);
  if (isHere !== (here?.has(state) ?? false)) {
    if (!isHere) here!.delete(state);
    else if (here) here.add(state);
    else domain.localHosts.set(ip, new Set([state]));
    if (here?.size === 0) domain.localHosts.delete(ip);
    const host = domain.host(ip);
    if (host) turn.prefixes.add(host);
  }
  touchBehind(turn, domain, ip);
}

/** A network without that subnet is a segment of its own: an address there says nothing of who has it in the domain. */
function isRouted({ ip, instance }: IpState): boolean {
  return instance.vrf.subnets?.some((s) => prefixContains(s.prefix, ip)) === true;
}

/** Prefixes that routes lead to this station. */
function touchBehind(turn: Turn, domain: Domain, gateway: Ip): void {
  for (const user of domain.gatewayUsers.get(gateway) ?? []) turn.prefixes.add(domain.at(user.ip!, user.length));
}

function touchSegment(turn: Turn, domain: Domain, esi: Esi): void {
  for (const user of domain.segmentUsers.get(esi) ?? []) turn.prefixes.add(domain.at(user.ip!, user.length));
}

/** Seldom, so that a walk through all prefixes will do. */
function noteRouterMacs(turn: Turn, domain: Domain): void {
  const macs = new Set<Mac | undefined>(domain.routerMacs.changed);
  for (const { mac, vteps } of domain.routerMacs.takeConflicts())
    turn.events.push({ kind: "router-mac-conflict", domain: domain.vrf.domain, mac, vteps });
  for (const state of domain.all()) if ([...state.candidates].some(({ info }) => macs.has(info.routerMac))) touchHop(turn, state);
}

/** And what is behind it, if it is somebody's gateway. */
function touchHop(turn: Turn, state: PrefixState): void {
  const { domain, prefix } = state;
  turn.prefixes.add(state);
  touchBehind(turn, domain, prefix.ip);
}
