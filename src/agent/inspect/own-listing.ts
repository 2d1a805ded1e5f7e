// SPDX-License-Identifier: Apache-2.0
import type { Listing } from "../../nftables/listing.ts";
import { listTable } from "../../nftables/rulesets.ts";
import type { Table } from "../../nftables/table.ts";
import type { NamespaceName } from "../desired/object.ts";
import { pathOf } from "../kernel/requests.ts";

/** A table of ours with its counts; undefined when there is none, or nothing that could be asked. */
export function listOwn(ns: NamespaceName, table: Pick<Table, "family" | "name">): Listing | undefined {
  try {
    return listTable(pathOf(ns), table);
  } catch {
    // Why is shown with the object that could not be written.
    return undefined;
  }
}
