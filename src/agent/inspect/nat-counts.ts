// SPDX-License-Identifier: Apache-2.0
import { listTable } from "../../nftables/rulesets.ts";
import type { Count, Listing } from "../../nftables/listing.ts";
import { natTable } from "../desired/nat/domain-table.ts";
import type { NamespaceName } from "../desired/object.ts";
import { pathOf } from "../kernel/requests.ts";
import { sysctlFiles } from "../kernel/sysctl-files.ts";

export type NatCounts = Count;

/** The table for NAT of a namespace; undefined when there is none, or nothing that could be asked. */
export function readCounts(ns: NamespaceName): Listing | undefined {
  try {
    return listTable(pathOf(ns), natTable);
  } catch {
    // Why is shown with the object that could not be written.
    return undefined;
  }
}

/** Connections that the kernel tracks in a namespace. */
export function connectionsIn(ns: NamespaceName): number {
  try {
    return Number(sysctlFiles.read(ns, "net.netfilter.nf_conntrack_count") ?? 0);
  } catch {
    return 0;
  }
}
