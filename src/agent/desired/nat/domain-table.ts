// SPDX-License-Identifier: Apache-2.0
import { isIp4 } from "../../../base/net/ip.ts";
import { formatPrefix } from "../../../base/net/prefix.ts";
import type { Chain, Table, TableMap, TableSet } from "../../../nftables/table.ts";
import type { DomainNatPlan, FloatingPair } from "./nat-plan.ts";
import { addressNumber, compensation } from "./quoted-address.ts";

/** Of our tables for NAT, in the namespaces of domains and in the host's. */
export const natTable = { family: "inet", name: "weft_nat" } as const;

/** Named counters of a domain's table. */
export const connectionsRefused = "connections_refused";
export const untranslated = "untranslated";

export const floatingIn = { ip4: "floating_in", ip6: "floating_in6" } as const;
export const floatingOut = { ip4: "floating_out", ip6: "floating_out6" } as const;

/**
 * The table of a domain's namespace. Floating IPs are exchanged without state, on the way in before connection tracking and on the way out
 * after it: it sees the workload's own address always, so that filters in the domain stay stateful, and a port that moves to another host
 * needs nothing carried there. Outbound connections of the others get the address of the link.
 */
export function domainTable(plan: DomainNatPlan): Table {
  const { floating, outbound } = plan;
  const four = floating.filter((f) => isIp4(f.outer));
  const six = floating.filter((f) => !isIp4(f.outer));
  const limit = outbound?.connections;
  const sets: TableSet[] = [
    { name: "inner", type: "type ipv4_addr", elements: four.map((f) => f.inner) },
    { name: "inner6", type: "type ipv6_addr", elements: six.map((f) => f.inner) },
    { name: "announced", type: "type ipv4_addr", interval: true, elements: announced(plan, true) },
    { name: "announced6", type: "type ipv6_addr", interval: true, elements: announced(plan, false) },
  ];
  // The limit is in the name: an element that packets made keeps the limit that it was made with.
  if (limit !== undefined) sets.push({ name: `connections_${limit}`, type: "type ifname", dynamic: true, size: 16, elements: [] });
  const chains = [quotedIn, quotedOut, ...translateChains, inboundChain(plan), outboundChain(plan)];
  if (limit !== undefined) chains.push(limitChain(plan, limit));
  if (outbound?.source === "link") chains.push(sourceChain(plan));
  return { ...natTable, counters: [connectionsRefused, untranslated], sets, maps: maps(four, six), chains };
}

function announced(plan: DomainNatPlan, ip4: boolean): readonly string[] {
  return plan.announced.filter((p) => isIp4(p.ip) === ip4).map(formatPrefix);
}

function maps(four: readonly FloatingPair[], six: readonly FloatingPair[]): readonly TableMap[] {
  const counted = { counted: true } as const;
  return [
    { name: floatingIn.ip4, type: "type ipv4_addr : ipv4_addr", ...counted, elements: four.map((f) => [f.outer, f.inner]) },
    { name: floatingOut.ip4, type: "type ipv4_addr : ipv4_addr", ...counted, elements: four.map((f) => [f.inner, f.outer]) },
    { name: floatingIn.ip6, type: "type ipv6_addr : ipv6_addr", ...counted, elements: six.map((f) => [f.outer, f.inner]) },
    { name: floatingOut.ip6, type: "type ipv6_addr : ipv6_addr", ...counted, elements: six.map((f) => [f.inner, f.outer]) },
    quotedMap(
      "quoted_in",
      four.map((f) => [addressNumber(f.outer), addressNumber(f.inner)]),
      "@th,160,32",
    ),
    quotedMap(
      "quoted_in_sum",
      four.map((f) => [addressNumber(f.outer), String(compensation(f.outer, f.inner))]),
      "@th,160,32",
      "@th,32,16",
    ),
    quotedMap(
      "quoted_out",
      four.map((f) => [addressNumber(f.inner), addressNumber(f.outer)]),
      "@th,192,32",
    ),
    quotedMap(
      "quoted_out_sum",
      four.map((f) => [addressNumber(f.inner), String(compensation(f.inner, f.outer))]),
      "@th,192,32",
      "@th,32,16",
    ),
  ];
}

function quotedMap(name: string, elements: TableMap["elements"], key: string, value = key): TableMap {
  return { name, type: `typeof ${key} : ${value}`, elements };
}

/** Source of the packet that is quoted: 8 octets of ICMP, 12 of IPv4. Where extensions (RFC 4884) use the octets, it is left as it is. */
const quotedIn: Chain = {
  name: "quoted_in",
  rules: ["@th,32,16 0 @th,32,16 set @th,160,32 map @quoted_in_sum @th,160,32 set @th,160,32 map @quoted_in"],
};
const quotedOut: Chain = {
  name: "quoted_out",
  rules: ["@th,32,16 0 @th,32,16 set @th,192,32 map @quoted_out_sum @th,192,32 set @th,192,32 map @quoted_out"],
};
const errors = "icmp type { destination-unreachable, time-exceeded }";

const translateChains: readonly Chain[] = [
  { name: "translate", rules: [`${errors} jump quoted_out`, `ip saddr set ip saddr map @${floatingOut.ip4} accept`] },
  { name: "translate6", rules: [`ip6 saddr set ip6 saddr map @${floatingOut.ip6} accept`] },
];

function inboundChain({ link }: DomainNatPlan): Chain {
  return {
    name: "inbound",
    hook: { type: "filter", hook: "prerouting", priority: "-300" },
    rules: [
      `iifname != "${link.inside}" return`,
      `${errors} jump quoted_in`,
      `ip daddr set ip daddr map @${floatingIn.ip4}`,
      `ip6 daddr set ip6 daddr map @${floatingIn.ip6}`,
    ],
  };
}

/** Last of all, behind the translation of ports: what has no address for outside by now stays inside. */
function outboundChain({ link, outbound }: DomainNatPlan): Chain {
  const rules = [
    `oifname != "${link.inside}" return`,
    "ip saddr @inner goto translate",
    "ip6 saddr @inner6 goto translate6",
    "ip saddr @announced accept",
    "ip6 saddr @announced6 accept",
    "ip6 saddr fe80::/10 accept",
  ];
  if (outbound?.source === "link") rules.push(`ip saddr ${link.insideAddress} accept`);
  // What belongs to no connection the host could not translate.
  if (outbound?.source === "workload") rules.push("meta nfproto ipv4 ct state new,established,related accept");
  return {
    name: "outbound",
    hook: { type: "filter", hook: "postrouting", priority: "300" },
    rules: [...rules, `counter name "${untranslated}" drop`],
  };
}

function limitChain({ link }: DomainNatPlan, limit: number): Chain {
  const count = `add @connections_${limit} { oifname ct count over ${limit} }`;
  return {
    name: "bounded",
    hook: { type: "filter", hook: "forward", priority: "0" },
    rules: [
      `oifname != "${link.inside}" return`,
      "ip saddr @inner return",
      "ip saddr @announced return",
      `meta nfproto ipv4 ct state new ${count} counter name "${connectionsRefused}" reject with icmpx type admin-prohibited`,
    ],
  };
}

function sourceChain({ link }: DomainNatPlan): Chain {
  return {
    name: "source",
    hook: { type: "nat", hook: "postrouting", priority: "100" },
    rules: [
      `oifname != "${link.inside}" return`,
      "ip saddr @inner return",
      "ip saddr @announced return",
      `meta nfproto ipv4 snat ip to ${link.insideAddress}`,
    ],
  };
}
