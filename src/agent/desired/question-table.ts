// SPDX-License-Identifier: Apache-2.0
import type { Chain, Table } from "../../nftables/table.ts";
import type { NetworkPlan } from "./network-plan.ts";
import type { NamespaceName, RulesetObject } from "./object.ts";

export const neighbourTable = { family: "bridge", name: "weft_neighbours" } as const;

/** Maps from a VXLAN device to a verdict; each element counts. */
export const unknownArp = "unknown_arp";
export const unknownNd = "unknown_nd";

/** A table in each namespace with a network that keeps questions about unknown addresses to this host. */
export function questionObjects(plans: readonly NetworkPlan[]): readonly RulesetObject[] {
  // Devices of the administrator may be without `neigh_suppress`, and then what is known would be asked for in vain.
  const dropping = plans.filter((p) => p.unknownNeighbours === "drop" && p.mode === "own");
  return [...Map.groupBy(dropping, (p) => p.ns)].map(([ns, some]) => questionTable(ns, some));
}

/**
 * With `neigh_suppress` on the VXLAN port the kernel answers for what it knows, and sends neither gratuitous ARP, probes and duplicate address detection nor
 * unsolicited advertisements there (br_do_proxy_suppress_arp, br_do_suppress_nd): what still leaves as a question to all is about an address that nobody announced. Answers,
 * and questions to one MAC (is it still there?), pass. So does what has a VLAN tag of its own: its addresses are not those of this network.
 */
function questionTable(ns: NamespaceName, plans: readonly NetworkPlan[]): RulesetObject {
  const elements = plans.map((p) => [p.vxlan, "drop"] as const);
  const chain = (name: string, hook: string): Chain => ({
    name,
    hook: { type: "filter", hook, priority: "-200" },
    rules: ["ether daddr & 01:00:00:00:00:00 == 01:00:00:00:00:00 goto questions"],
  });
  const table: Table = {
    ...neighbourTable,
    counters: [],
    sets: [],
    maps: [unknownArp, unknownNd].map((name) => ({ name, type: "type ifname : verdict", counted: true, elements })),
    chains: [
      {
        name: "questions",
        rules: [
          `arp operation request arp saddr ip != 0.0.0.0 oifname vmap @${unknownArp}`,
          `icmpv6 type nd-neighbor-solicit ip6 saddr != :: oifname vmap @${unknownNd}`,
        ],
      },
      // Of workloads, and of the gateway on the bridge itself.
      chain("leaving", "forward"),
      chain("sent", "output"),
    ],
  };
  return { kind: "ruleset", ns, table };
}
