// SPDX-License-Identifier: Apache-2.0
import type { Listing } from "../../nftables/listing.ts";
import type { NamespaceName } from "../desired/object.ts";
import { neighbourTable, unknownArp, unknownNd } from "../desired/question-table.ts";
import * as ev from "../events.ts";
import type { Vtep } from "../vtep.ts";
import type { KernelCounter } from "./kernel-counter.ts";
import { listOwn } from "./own-listing.ts";

/** Questions about unknown addresses that were kept from other hosts, as the kernel counted them. */
export interface DroppedQuestions {
  readonly arp: number;
  readonly nd: number;
}

/** By network, of those that drop them. */
export function droppedQuestions(vtep: Vtep): ReadonlyMap<string, DroppedQuestions> {
  const listings = new Map<NamespaceName, Listing | undefined>();
  const out = new Map<string, DroppedQuestions>();
  for (const plan of vtep.resolved.plans) {
    if (plan.unknownNeighbours !== "drop") continue;
    if (!listings.has(plan.ns)) listings.set(plan.ns, listOwn(plan.ns, neighbourTable));
    const count = (map: string): number => listings.get(plan.ns)?.sets.get(map)?.counts.get(plan.vxlan)?.packets ?? 0;
    out.set(plan.network, { arp: count(unknownArp), nd: count(unknownNd) });
  }
  return out;
}

/** At each scrape. */
export function measureQuestions(vtep: Vtep, counter: KernelCounter): void {
  for (const [network, { arp, nd }] of droppedQuestions(vtep)) {
    counter.count(ev.unknownNeighboursDropped, { network, protocol: "arp" }, arp);
    counter.count(ev.unknownNeighboursDropped, { network, protocol: "nd" }, nd);
  }
}
