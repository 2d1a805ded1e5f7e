// SPDX-License-Identifier: Apache-2.0
import { isIp4 } from "../../../base/net/ip.ts";
import { formatPrefix } from "../../../base/net/prefix.ts";
import type { Chain, Table, TableMap, TableSet } from "../../../nftables/table.ts";
import { natTable } from "./domain-table.ts";
import type { DomainNatPlan, PublicPlan } from "./nat-plan.ts";

/** Named counters of the host's table. */
export const portsExhausted = "ports_exhausted";
export const notForwarded = "not_forwarded";
export const notForHost = "not_for_host";

/** Marks of connections in single mode, with the number of the link; the upper half is "W" and the lower is free for 16,320 links. */
const markBase = 0x57_00_00_00;
export function markOf(index: number): number {
  return markBase + index;
}

/**
 * The table of the host namespace: what may pass between the links of domains and the public interface, and the public address with its
 * ports for outbound connections. Floating IPs pass without connection tracking, so that a domain that opens too many connections
 * cannot close them to others; only what this host itself translates is tracked, and its answers always come back here.
 */
export function hostTable(pub: PublicPlan, domains: readonly DomainNatPlan[]): Table {
  const single = domains.filter((d) => d.outbound?.mode === "single");
  const chains = [rawChain(pub, single), forwardChain, arrivedChain, leavingChain(pub), inputChain];
  if (single.length > 0) chains.push(markChain(pub));
  const logged = domains.filter((d) => d.outbound?.log);
  for (const d of logged) chains.push(logChain(d));
  if (pub.address !== undefined && domains.some((d) => d.outbound)) chains.push(sourceChain(pub.address, pub));
  return {
    ...natTable,
    counters: [portsExhausted, notForwarded, notForHost],
    sets: sets(domains, single),
    maps: hostMaps(single, logged),
    chains,
  };
}

function sets(domains: readonly DomainNatPlan[], single: readonly DomainNatPlan[]): readonly TableSet[] {
  const outer = domains.flatMap((d) => d.floating.map((f) => f.outer));
  const announced = domains.flatMap((d) => d.announced);
  return [
    { name: "links", type: "type ifname", elements: domains.map((d) => d.link.host) },
    { name: "single", type: "type ifname", elements: single.map((d) => d.link.host) },
    { name: "floating", type: "type ipv4_addr", elements: outer.filter(isIp4) },
    { name: "floating6", type: "type ipv6_addr", elements: outer.filter((ip) => !isIp4(ip)) },
    { name: "announced", type: "type ipv4_addr", interval: true, elements: announced.filter((p) => isIp4(p.ip)).map(formatPrefix) },
    { name: "announced6", type: "type ipv6_addr", interval: true, elements: announced.filter((p) => !isIp4(p.ip)).map(formatPrefix) },
    { name: "destinations", type: "type ipv4_addr . inet_proto . inet_service", dynamic: true, size: 65_536, elements: [] },
  ];
}

function hostMaps(single: readonly DomainNatPlan[], logged: readonly DomainNatPlan[]): readonly TableMap[] {
  return [
    { name: "marks", type: "type ifname : mark", elements: single.map((d) => [d.link.host, `0x${markOf(d.link.index).toString(16)}`]) },
    { name: "logs", type: "type ifname : verdict", elements: logged.map((d) => [d.link.host, `jump ${logName(d)}`]) },
  ];
}

/** A reply to an address of the host itself belongs to a connection that it translated, and is tracked. */
function rawChain(pub: PublicPlan, single: readonly DomainNatPlan[]): Chain {
  const rules = [
    `iifname "${pub.interface}" ip daddr @floating notrack`,
    `iifname "${pub.interface}" ip6 daddr @floating6 notrack`,
    `iifname @links ip saddr @floating ${pub.address === undefined ? "" : `ip daddr != ${pub.address} `}notrack`,
    "iifname @links ip6 saddr @floating6 notrack",
  ];
  const zones = single.map((d) => `"${d.link.host}" : ${d.link.index}`);
  if (zones.length > 0) rules.push(`ct original zone set iifname map { ${zones.join(", ")} }`);
  return { name: "before", hook: { type: "filter", hook: "prerouting", priority: "-300" }, rules };
}

/** The mark leads answers back to the domain that asked: routes cannot, since domains may have the same addresses. */
function markChain(pub: PublicPlan): Chain {
  return {
    name: "marked",
    hook: { type: "filter", hook: "prerouting", priority: "-150" },
    rules: [
      "ct mark set iifname map @marks",
      `iifname "${pub.interface}" ct mark and 0xff000000 == 0x${markBase.toString(16)} meta mark set ct mark`,
    ],
  };
}

const forwardChain: Chain = {
  name: "forward",
  hook: { type: "filter", hook: "forward", priority: "0" },
  rules: ["iifname @links goto leaving", "oifname @links goto arrived"],
};

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
  const { first, last } = pub.ports;
  const perDestination = `add @destinations { ip daddr . meta l4proto . th dport ct count over ${last - first + 1} }`;
  return {
    name: "leaving",
    rules: [
      `oifname != "${pub.interface}" oifname != @links counter name "${notForwarded}" drop`,
      `ct state invalid counter name "${notForwarded}" drop`,
      "ct state established,related accept",
      `oifname @links ip daddr != @floating ip daddr != @announced counter name "${notForwarded}" drop`,
      `oifname @links ip6 daddr != @floating6 ip6 daddr != @announced6 counter name "${notForwarded}" drop`,
      "ct state untracked accept",
      "ip saddr @announced accept",
      "iifname vmap @logs",
      `meta nfproto ipv4 meta l4proto { tcp, udp } ${perDestination} counter name "${portsExhausted}" reject with icmpx type admin-prohibited`,
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

/** ICMP has an identifier in place of a port; protocols without either get the address alone. */
function sourceChain(address: string, { ports: { first, last } }: PublicPlan): Chain {
  return {
    name: "source",
    hook: { type: "nat", hook: "postrouting", priority: "100" },
    rules: [
      "iifname != @links return",
      "ip saddr @announced return",
      `meta nfproto ipv4 meta l4proto { tcp, udp, icmp } snat ip to ${address}:${first}-${last}`,
      `meta nfproto ipv4 snat ip to ${address}`,
    ],
  };
}
