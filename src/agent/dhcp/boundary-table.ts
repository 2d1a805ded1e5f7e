// SPDX-License-Identifier: Apache-2.0
import type { Table } from "../../nftables/table.ts";
import type { ServicePlan } from "./service-plan.ts";

/** Name of the table, and of the counter of frames that it stopped. */
export const boundaryName = "weft_dhcp";
export const crossingCounter = "crossing";

/** What clients send and what servers send: ports of RFC 2131 §4.1 and RFC 8415 §7.2, messages of RFC 4861 §4.1 and §4.2. */
const fromClients = ["udp dport { 67, 547 }", "icmpv6 type nd-router-solicit"];
const fromServers = ["udp dport { 68, 546 }", "icmpv6 type nd-router-advert"];

/**
 * Keeps DHCP and router discovery of served networks within this host: every host has a server of its own at the gateway, and one that knows
 * nothing of a workload must not answer it. Filters nothing else, and nothing of networks that are not served.
 */
export function boundaryTable(plan: ServicePlan): Table {
  const stop = (where: string, what: string): string => `${where} @tunnels ${what} counter name ${crossingCounter} drop`;
  const both = [...fromClients, ...fromServers];
  const chain = (name: string, hook: string, where: string) => ({
    name,
    hook: { type: "filter", hook, priority: "-250" } as const,
    rules: both.map((what) => stop(where, what)),
  });
  return {
    family: "bridge",
    name: boundaryName,
    counters: [crossingCounter],
    sets: [{ name: "tunnels", type: "type ifname", elements: plan.networks.map((n) => `"${n.vxlan}"`) }],
    maps: [],
    chains: [chain("leaving", "forward", "oifname"), chain("sent", "output", "oifname"), chain("arriving", "prerouting", "iifname")],
  };
}
