// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipFromBytes, ipToBytes, isIp4 } from "../../../base/net/ip.ts";
import { formatPrefix, type Prefix, prefixContains } from "../../../base/net/prefix.ts";
import type { AgentConfig } from "../../../contract/config/load.ts";
import type { FloatingIpSection } from "../../../contract/config/nat-schema.ts";
import { namespaceOf } from "../place-networks.ts";
import { linkPlan } from "./link-index.ts";
import type { DomainNatPlan, FloatingPair, OutboundPlan, PublicPlan } from "./nat-plan.ts";

export type NatConfig = Pick<AgentConfig, "public" | "floatingIps" | "domains" | "networks" | "ports">;

/** What of the host decides where NAT is. */
export interface NatFacts {
  /** Addresses of this host's workloads by domain; of domains that are on this host. */
  readonly local: ReadonlyMap<string, ReadonlySet<Ip>>;
  /** Addresses of the public interface; undefined: it is not there. */
  readonly addresses: readonly Ip[] | undefined;
  /** Whether the host routes between interfaces that are not ours; undefined: not known. */
  readonly forwarding?:
    | { readonly ip4: boolean | undefined; readonly ip6: boolean | undefined; readonly byInterface6: boolean }
    | undefined;
  /** The host takes packets only by the interface by which it would answer them (`rp_filter` 1 of `all`). */
  readonly strictReversePath?: boolean | undefined;
  /** Bridges in the host namespace. */
  readonly bridges?: readonly string[];
  /** By domain: those that get a link. */
  readonly links: ReadonlyMap<string, number>;
}

/** A floating IP as this host sees it. */
export interface FloatingState {
  /** As in the configuration: `203.0.113.7/32`. */
  readonly address: Prefix;
  readonly port: string | undefined;
  readonly domain: string | undefined;
  readonly inner: Prefix | undefined;
  readonly announce: readonly ("arp" | "bgp")[];
  /** `active`: the workload is here. `elsewhere`: it is not. `refused`: it cannot be, and `reason` says why. */
  readonly state: "active" | "elsewhere" | "refused";
  readonly reason: string | undefined;
  readonly pairs: readonly FloatingPair[];
}

export interface NatPlan {
  readonly public: PublicPlan | undefined;
  readonly domains: readonly DomainNatPlan[];
  readonly floating: readonly FloatingState[];
  /** What routers of the underlay are told. */
  readonly announced: readonly { readonly prefix: Prefix; readonly nextHop: Ip }[];
  /** Object → why it cannot be announced or used. */
  readonly problems: ReadonlyMap<string, string>;
}

export const noNat: NatPlan = { public: undefined, domains: [], floating: [], announced: [], problems: new Map() };

const strictReversePath =
  "the host drops what its workloads send outside, since it would not answer them by the domain's link: net.ipv4.conf.all.rp_filter is 1, set it to 2 or 0, or `nat.source: link`";

const sharedPorts = { first: 1024, last: 65_535 };

/** Domains that need a way to the public side of this host. */
export function domainsOutside(config: NatConfig): readonly string[] {
  if (!config.public) return [];
  const floating = new Set(config.floatingIps.map((f) => placeOf(config, f)?.domain));
  return config.domains.filter((d) => d.nat || d.external || floating.has(d.name)).map((d) => d.name);
}

/** From the configuration and what is on this host to the tables, links and announcements that NAT needs. */
export function resolveNat(config: NatConfig, facts: NatFacts): NatPlan {
  const { public: section } = config;
  if (!section) return noNat;
  const problems = new Map<string, string>();
  const floating = config.floatingIps.map((f) => floatingState(config, f, facts, section.announce));
  for (const f of floating) if (f.reason !== undefined) problems.set(`floating IP ${shortPrefix(f.address)}`, f.reason);
  const address = section.address ?? facts.addresses?.find(isIp4);
  if (!facts.addresses) problems.set(`public interface ${section.interface}`, "is not there; everything for it is done as soon as it is");
  else if (!address && config.domains.some((d) => d.nat))
    problems.set(`public interface ${section.interface}`, "has no IPv4 address, which outbound NAT needs");
  const domains = config.domains.flatMap((d): DomainNatPlan[] => {
    const index = facts.links.get(d.name);
    if (index === undefined) return [];
    const pairs = floating.flatMap((f) => (f.domain === d.name ? f.pairs : []));
    const { ports } = d.nat ?? {};
    const outbound: OutboundPlan | undefined = d.nat && {
      source: d.nat.source,
      connections: d.nat.connections,
      log: d.nat.log === undefined ? undefined : { group: d.nat.log === "kernel" ? undefined : d.nat.log },
      ports,
    };
    if (outbound?.source === "workload" && facts.strictReversePath === true) problems.set(`domain ${d.name}`, strictReversePath);
    const announced = d.external?.subnets ?? [];
    return [{ domain: d.name, ns: namespaceOf(d.name), link: linkPlan(index), floating: pairs, outbound, announced }];
  });
  return {
    public: {
      interface: section.interface,
      address,
      ports: section.ports ?? sharedPorts,
      closed: { ip4: facts.forwarding?.ip4 === false, ip6: facts.forwarding?.ip6 === false },
      byInterface6: facts.forwarding?.byInterface6 === true,
      bridges: facts.bridges ?? [],
    },
    domains,
    floating,
    announced: announcements(config, facts, floating, domains, problems),
    problems,
  };
}

function announcements(
  { public: section }: NatConfig,
  { addresses = [] }: NatFacts,
  floating: readonly FloatingState[],
  domains: readonly DomainNatPlan[],
  problems: Map<string, string>,
): NatPlan["announced"] {
  const out: { prefix: Prefix; nextHop: Ip }[] = [];
  const announce = (what: string, prefix: Prefix): void => {
    const ip4 = isIp4(prefix.ip);
    const own = section?.nextHop;
    const nextHop = own !== undefined && isIp4(own) === ip4 ? own : addresses.find((a) => isIp4(a) === ip4 && !a.startsWith("fe80:"));
    if (nextHop !== undefined) out.push({ prefix, nextHop });
    else problems.set(what, `cannot be announced: ${section!.interface} has no ${ip4 ? "IPv4" : "IPv6"} address as next hop`);
  };
  for (const f of floating) {
    if (!f.announce.includes("bgp")) continue;
    for (const { outer } of f.pairs) announce(`floating IP ${shortPrefix(f.address)}`, { ip: outer, length: isIp4(outer) ? 32 : 128 });
  }
  for (const d of domains) for (const prefix of d.announced) announce(`subnet ${formatPrefix(prefix)}`, prefix);
  return out;
}

interface Place {
  readonly domain: string;
  readonly inner: Prefix;
}

/** Where a floating IP leads; undefined for a port that this host's file does not have. */
function placeOf(
  { ports, networks }: NatConfig,
  f: FloatingIpSection,
): Place | { readonly domain?: undefined; readonly reason: string } | undefined {
  if (f.ip !== undefined && f.domain !== undefined) return { domain: f.domain, inner: f.ip };
  const port = ports.find((p) => p.name === f.port);
  if (!port) return undefined;
  const domain = networks.find((n) => n.name === port.network)?.domain;
  if (domain === undefined) return { reason: `port ${port.name} is in network ${port.network}, which is in no domain` };
  const ip = port.ips.find((a) => isIp4(a) === isIp4(f.address.ip));
  if (ip === undefined) return { reason: `port ${port.name} has no ${isIp4(f.address.ip) ? "IPv4" : "IPv6"} address` };
  return { domain, inner: { ip, length: f.address.length } };
}

function floatingState(
  config: NatConfig,
  f: FloatingIpSection,
  { local, links }: NatFacts,
  announceByDefault: readonly ("arp" | "bgp")[],
): FloatingState {
  const base = { address: f.address, port: f.port, announce: f.announce ?? announceByDefault, pairs: [] };
  const place = placeOf(config, f);
  if (!place) {
    const reason = undefined;
    return { ...base, domain: undefined, inner: undefined, state: "elsewhere", reason };
  }
  if (place.domain === undefined) return { ...base, domain: undefined, inner: undefined, state: "refused", reason: place.reason };
  const { domain, inner } = place;
  const here = links.has(domain) ? [...(local.get(domain) ?? [])].filter((ip) => prefixContains(inner, ip)).toSorted() : [];
  const pairs = here.map((ip) => ({ inner: ip, outer: exchanged(ip, inner.length, f.address) }));
  return { ...base, domain, inner, pairs, state: pairs.length > 0 ? "active" : "elsewhere", reason: undefined };
}

/** The address with another prefix of the same length in front. */
function exchanged(ip: Ip, length: number, prefix: Prefix): Ip {
  const [from, to] = [ipToBytes(ip), ipToBytes(prefix.ip)];
  for (let i = 0; i < from.length; i++) {
    const kept = Math.min(8, Math.max(0, length - i * 8));
    const mask = (0xff00 >> kept) & 0xff;
    from[i] = (to[i]! & mask) | (from[i]! & (~mask & 0xff));
  }
  return ipFromBytes(from);
}

/** Without the length of a single address. */
export function shortPrefix(p: Prefix): string {
  return p.length === (isIp4(p.ip) ? 32 : 128) ? p.ip : formatPrefix(p);
}
