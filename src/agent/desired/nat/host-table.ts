// SPDX-License-Identifier: Apache-2.0
import { type Ip, isIp4 } from "../../../base/net/ip.ts";
import { formatPrefix } from "../../../base/net/prefix.ts";
import type { Chain, Table, TableMap, TableSet } from "../../../nftables/table.ts";
import { natTable } from "./domain-table.ts";
import type { DomainNatPlan, PortRange, PublicPlan } from "./nat-plan.ts";
import { fromAnnounced, returnChains, workloadSourceMaps, zoneChain } from "./workload-source.ts";

/** Named counters of the host's table. */
export const portsExhausted = "ports_exhausted";
export const notForwarded = "not_forwarded";
export const notForHost = "not_for_host";

/**
 * The table of the host namespace: what may pass between the links of domains and the public interface, and the public address with its
 * ports for outbound connections. Floating IPs pass without connection tracking, so that a domain that opens too many connections
 * cannot close them to others; only what this host itself translates is tracked, and its answers always come back here.
 */
export function hostTable(pub: PublicPlan, domains: readonly DomainNatPlan[]): Table {
  const logged = domains.filter((d) => d.outbound?.log);
  const apart = domains.filter((d) => d.outbound?.ports);
  const once = domains.filter(isOnce);
  const chains = [rawChain(pub), forwardChain(pub), arrivedChain, leavingChain(pub), inputChain];
  for (const d of logged) chains.push(logChain(d));
  if (once.length > 0) chains.push(...returnChains(`counter name "${notForwarded}" drop`));
  for (const d of once) chains.push(zoneChain(d, pub), outChain(d, pub));
  for (const d of apart) chains.push({ name: roomName(d), rules: [roomRule(d.outbound!.ports!, destinationsOf(d.outbound!.ports!, d))] });
  if (pub.address !== undefined) {
    for (const d of own(apart, once)) chains.push(ownSourceChain(pub.address, pub, d));
    if (domains.some((d) => d.outbound)) chains.push(sourceChain(pub.address, pub));
  }
  return {
    ...natTable,
    counters: [portsExhausted, notForwarded, notForHost],
    sets: sets(pub, domains, apart),
    maps: maps(pub, logged, apart, once),
    chains,
  };
}

/** Domains that are translated only here. */
function isOnce(d: DomainNatPlan): boolean {
  return d.outbound?.source === "workload";
}

/** Domains with a chain of their own for their public address and ports. */
function own(apart: readonly DomainNatPlan[], once: readonly DomainNatPlan[]): readonly DomainNatPlan[] {
  return [...new Set([...apart, ...once])];
}

function sets(pub: PublicPlan, domains: readonly DomainNatPlan[], apart: readonly DomainNatPlan[]): readonly TableSet[] {
  const outer = domains.flatMap((d) => d.floating.map((f) => f.outer));
  const announced = domains.flatMap((d) => d.announced);
  return [
    { name: "links", type: "type ifname", elements: domains.map((d) => d.link.host) },
    { name: "floating", type: "type ipv4_addr", elements: outer.filter(isIp4) },
    { name: "floating6", type: "type ipv6_addr", elements: outer.filter((ip) => !isIp4(ip)) },
    { name: "announced", type: "type ipv4_addr", interval: true, elements: announced.filter((p) => isIp4(p.ip)).map(formatPrefix) },
    { name: "announced6", type: "type ipv6_addr", interval: true, elements: announced.filter((p) => !isIp4(p.ip)).map(formatPrefix) },
    ...within(pub),
    ...[destinationsOf(pub.ports), ...apart.map((d) => destinationsOf(d.outbound!.ports!, d))].map((name): TableSet => ({
      name,
      type: "type ipv4_addr . inet_proto . inet_service",
      dynamic: true,
      size: 65_536,
      elements: [],
    })),
  ];
}

/** What stays where it came from: by the public interface back to its segment, and frames within a bridge. */
function within({ interface: name, closed, byInterface6, bridges }: PublicPlan): readonly TableSet[] {
  if (!closed.ip6 || byInterface6) return [];
  // The kernel takes names that nft(8) cannot write.
  const elements = [...new Set([name, ...bridges.filter((b) => !/["\\*]/.test(b))])].map((dev) => `"${dev}" . "${dev}"`);
  return [{ name: "within6", type: "type ifname . ifname", elements }];
}

function maps(
  pub: PublicPlan,
  logged: readonly DomainNatPlan[],
  apart: readonly DomainNatPlan[],
  once: readonly DomainNatPlan[],
): readonly TableMap[] {
  const jumps = (name: string, list: readonly DomainNatPlan[], verdict: string, chain: (d: DomainNatPlan) => string): TableMap => ({
    name,
    type: "type ifname : verdict",
    elements: list.map((d) => [d.link.host, `${verdict} ${chain(d)}`]),
  });
  return [
    jumps("logs", logged, "jump", logName),
    jumps("rooms", apart, "goto", roomName),
    jumps("sources", pub.address === undefined ? [] : own(apart, once), "goto", sourceName),
    jumps("outs", once, "goto", outName),
    ...workloadSourceMaps(once),
  ];
}

/** A reply to an address of the host itself belongs to a connection that it translated, and is tracked. */
function rawChain(pub: PublicPlan): Chain {
  const rules = [
    "iifname vmap @zones",
    `iifname "${pub.interface}" ip daddr @floating notrack`,
    `iifname "${pub.interface}" ip6 daddr @floating6 notrack`,
    `iifname @links ip saddr @floating ${pub.address === undefined ? "" : `ip daddr != ${pub.address} `}notrack`,
    "iifname @links ip6 saddr @floating6 notrack",
  ];
  return { name: "before", hook: { type: "filter", hook: "prerouting", priority: "-300" }, rules };
}

/**
 * The kernel forwards by the interface where a packet comes in. So that of the public side, which is switched on for domains, would let
 * everybody outside send into the underlay: to the VTEPs of other hosts, say. A kernel that has one switch for IPv6 on all interfaces
 * would make the host a router between any two of them.
 */
function forwardChain({ interface: name, closed, byInterface6 }: PublicPlan): Chain {
  const drop = `counter name "${notForwarded}" drop`;
  const fromOutside = (family: string): string => `iifname "${name}" oifname != "${name}" meta nfproto ${family} ${drop}`;
  const rules = ["iifname @links goto leaving", "oifname @links goto arrived"];
  if (closed.ip4) rules.push(fromOutside("ipv4"));
  if (closed.ip6) rules.push(byInterface6 ? fromOutside("ipv6") : `meta nfproto ipv6 iifname . oifname != @within6 ${drop}`);
  return { name: "forward", hook: { type: "filter", hook: "forward", priority: "0" }, rules };
}

/** To a domain: what is addressed to it, and answers. */
const arrivedChain: Chain = {
  name: "arrived",
  rules: [
    "ip daddr @floating accept",
    "ip6 daddr @floating6 accept",
    "ip daddr @announced accept",
    "ip6 daddr @announced6 accept",
    "ct state established,related accept",
    `counter name "${notForwarded}" drop`,
  ],
};

/** From a domain: to the public side, and to floating IPs of this host; not into the underlay. */
function leavingChain(pub: PublicPlan): Chain {
  return {
    name: "leaving",
    rules: [
      `oifname != "${pub.interface}" oifname != @links counter name "${notForwarded}" drop`,
      `ct state invalid counter name "${notForwarded}" drop`,
      "ct state established,related accept",
      `oifname @links ip daddr != @floating ip daddr != @announced counter name "${notForwarded}" drop`,
      `oifname @links ip6 daddr != @floating6 ip6 daddr != @announced6 counter name "${notForwarded}" drop`,
      "ct state untracked accept",
      "iifname vmap @outs",
      "ip saddr @announced accept",
      "iifname vmap @logs",
      "iifname vmap @rooms",
      roomRule(pub.ports, destinationsOf(pub.ports)),
    ],
  };
}

/** Domains ask nothing of the host itself but whether it is there. */
const inputChain: Chain = {
  name: "input",
  hook: { type: "filter", hook: "input", priority: "0" },
  rules: [
    "iifname != @links accept",
    "icmp type echo-request accept",
    "meta l4proto ipv6-icmp accept",
    `counter name "${notForHost}" drop`,
  ],
};

function logName(d: DomainNatPlan): string {
  return `log_${d.link.index}`;
}

function logChain(d: DomainNatPlan): Chain {
  const group = d.outbound!.log!.group;
  return { name: logName(d), rules: [`log prefix "weft-nat ${d.domain} "${group === undefined ? " level info" : ` group ${group}`}`] };
}

function outName(d: DomainNatPlan): string {
  return `out_${d.link.index}`;
}

/** What the end of `leaving` is for others. Only what is public in the domain itself passes as it is. */
function outChain(d: DomainNatPlan, pub: PublicPlan): Chain {
  const announced = fromAnnounced(d);
  const { log, ports } = d.outbound!;
  return {
    name: outName(d),
    rules: [
      ...(announced === undefined ? [] : [`${announced} accept`]),
      // Nobody outside could answer, and nobody shall see these addresses.
      ...(pub.address === undefined ? [`meta nfproto ipv4 counter name "${notForwarded}" drop`] : []),
      ...(log ? [`jump ${logName(d)}`] : []),
      ports ? `goto ${roomName(d)}` : roomRule(pub.ports, destinationsOf(pub.ports)),
    ],
  };
}

/** The limit is in the name, as in a domain's table. @param d whose ports these are; undefined: those that all share */
function destinationsOf(ports: PortRange, d?: DomainNatPlan): string {
  return `destinations_${d ? `${d.link.index}_` : ""}${portsIn(ports)}`;
}

function portsIn({ first, last }: PortRange): number {
  return last - first + 1;
}

function roomName(d: DomainNatPlan): string {
  return `room_${d.link.index}`;
}

function sourceName(d: DomainNatPlan): string {
  return `source_${d.link.index}`;
}

/** So many connections to one destination have room in so many ports; the kernel would drop the next one without a word. */
function roomRule(ports: PortRange, set: string): string {
  const count = `add @${set} { ip daddr . meta l4proto . th dport ct count over ${portsIn(ports)} }`;
  const refuse = `counter name "${portsExhausted}" reject with icmpx type admin-prohibited`;
  return `meta nfproto ipv4 ct state new meta l4proto { tcp, udp } ${count} ${refuse}`;
}

/** ICMP has an identifier in place of a port; protocols without either get the address alone. */
function sourceRules(address: Ip, { first, last }: PortRange): readonly string[] {
  return [
    `meta nfproto ipv4 meta l4proto { tcp, udp, icmp } snat ip to ${address}:${first}-${last}`,
    `meta nfproto ipv4 snat ip to ${address}`,
  ];
}

function ownSourceChain(address: Ip, pub: PublicPlan, d: DomainNatPlan): Chain {
  const announced = isOnce(d) ? fromAnnounced(d) : "ip saddr @announced";
  const rules = announced === undefined ? [] : [`${announced} return`];
  return { name: sourceName(d), rules: [...rules, ...sourceRules(address, d.outbound!.ports ?? pub.ports)] };
}

function sourceChain(address: Ip, { ports }: PublicPlan): Chain {
  return {
    name: "source",
    hook: { type: "nat", hook: "postrouting", priority: "100" },
    rules: ["iifname != @links return", "iifname vmap @sources", "ip saddr @announced return", ...sourceRules(address, ports)],
  };
}
