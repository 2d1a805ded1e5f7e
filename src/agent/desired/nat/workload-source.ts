// SPDX-License-Identifier: Apache-2.0
import { type Ip, isIp4 } from "../../../base/net/ip.ts";
import { formatPrefix } from "../../../base/net/prefix.ts";
import type { Chain, TableMap } from "../../../nftables/table.ts";
import type { DomainNatPlan, PublicPlan } from "./nat-plan.ts";

/**
 * Domains whose outbound connections are translated once, at the host, which so sees and logs the addresses of workloads. Those of two domains may be the
 * same: each has a conntrack zone for what comes from it, the number of its link. An answer is found by the public address and port alone, in no
 * zone, gets the workload's address back, and then there has to be a way to the right domain: for the kernel's routing it bears an address
 * that stands for the domain's link (RFC 1112 §4 reserves them), and behind it that of the workload again. So no rules and tables of policy routing are needed, and an
 * address of a workload may even be one of the host's own.
 */
export const aliases = "240.0.0.0/18";

export function aliasOf({ link }: DomainNatPlan): Ip {
  return `240.0.${link.index >> 8}.${link.index & 255}` as Ip;
}

/** On packets from the domain, and with `fwmark_reflect` on the host's own answers to them. */
function markOf({ link }: DomainNatPlan): number {
  return 0x57_00_00_00 + link.index;
}

function zoneName(d: DomainNatPlan): string {
  return `zone_${d.link.index}`;
}

export function workloadSourceMaps(domains: readonly DomainNatPlan[]): readonly TableMap[] {
  return [
    { name: "zones", type: "type ifname : verdict", elements: domains.map((d) => [d.link.host, `goto ${zoneName(d)}`]) },
    ...(domains.length === 0 ? [] : ways(domains)),
  ];
}

function ways(domains: readonly DomainNatPlan[]): readonly TableMap[] {
  return [
    { name: "ways", type: "typeof ct original zone : ip daddr", elements: domains.map((d) => [String(d.link.index), aliasOf(d)]) },
    { name: "answers", type: "type mark : ipv4_addr", elements: domains.map((d) => [String(markOf(d)), aliasOf(d)]) },
  ];
}

/** Before connection tracking. What is public is its own: whoever takes the floating IP of another domain as his address is translated like all. */
export function zoneChain(d: DomainNatPlan, pub: PublicPlan): Chain {
  const outer = d.floating.map((f) => f.outer);
  const [four, six] = [outer.filter(isIp4), outer.filter((ip) => !isIp4(ip))];
  const toOthers = pub.address === undefined ? "" : `ip daddr != ${pub.address} `;
  return {
    name: zoneName(d),
    rules: [
      ...(four.length > 0 ? [`ip saddr { ${four.join(", ")} } ${toOthers}notrack return`] : []),
      ...(six.length > 0 ? [`ip6 saddr { ${six.join(", ")} } notrack return`] : []),
      `meta mark set ${markOf(d)}`,
      `ct original zone set ${d.link.index}`,
    ],
  };
}

/** Matches packets from a subnet of the domain's that is public itself. */
export function fromAnnounced(d: DomainNatPlan): string | undefined {
  const four = d.announced.filter((p) => isIp4(p.ip)).map(formatPrefix);
  return four.length === 0 ? undefined : `ip saddr { ${four.join(", ")} }`;
}

const errors = "destination-unreachable, time-exceeded, parameter-problem";

/** @param drop counts and drops */
export function returnChains(drop: string): readonly Chain[] {
  return [
    {
      name: "back",
      hook: { type: "filter", hook: "prerouting", priority: "-90" },
      rules: ["ct direction reply ct status snat ip daddr set ct original zone map @ways"],
    },
    {
      name: "back_on",
      hook: { type: "filter", hook: "forward", priority: "-200" },
      rules: [`oifname @links ip daddr ${aliases} ip daddr set ct original ip saddr`, `ip daddr ${aliases} ${drop}`],
    },
    // Of the host itself: that it is there, or "too big", "administratively prohibited".
    {
      name: "answer",
      hook: { type: "route", hook: "output", priority: "-150" },
      rules: [`icmp type { echo-reply, ${errors} } ip daddr set meta mark map @answers`],
    },
    {
      name: "answer_on",
      hook: { type: "filter", hook: "output", priority: "-100" },
      rules: [
        `ip daddr ${aliases} icmp type echo-reply ip daddr set ct original ip saddr`,
        // Who sent the packet that is quoted: 8 octets of ICMP, 12 of IPv4.
        `ip daddr ${aliases} icmp type { ${errors} } ip daddr set @th,160,32`,
        `ip daddr ${aliases} ${drop}`,
      ],
    },
  ];
}
