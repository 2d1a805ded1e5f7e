// SPDX-License-Identifier: Apache-2.0
import { NftablesError } from "../../nftables/errors.ts";
import { removeTable, stateOf, writeTable } from "../../nftables/rulesets.ts";
import { watchTables } from "../../nftables/table-watch.ts";
import type { Table } from "../../nftables/table.ts";
import type { NamespaceName } from "../desired/object.ts";
import { pathOf } from "./requests.ts";

/** What is known of a table of nftables: the digest of what was written while nobody changed it since. */
export type RulesetState = "foreign" | "changed" | (string & { readonly __digest?: never });

/** Tests have one in memory. */
export interface RulesetAccess {
  /** Undefined: it is not there, or nothing can be, since nftables is missing. @throws NftablesError */
  state(ns: NamespaceName, table: Pick<Table, "family" | "name">): RulesetState | undefined;
  /** One transaction. @throws NftablesError */
  write(ns: NamespaceName, table: Table): void;
  /** @throws NftablesError */
  remove(ns: NamespaceName, table: Pick<Table, "family" | "name">): void;
  /**
   * Tells what other processes change, each table as `inet weft_nat`; null: anything may have changed. Where it cannot, only the audit
   * finds changes. @throws SystemCallError
   */
  watch?(ns: NamespaceName, onChange: (tables: readonly string[] | null) => void): { close(): void };
}

export const rulesetAccess: RulesetAccess = {
  state(ns, table) {
    try {
      const found = stateOf(pathOf(ns), table);
      if (found.kind === "absent") return undefined;
      return found.kind === "foreign" ? "foreign" : (found.current ?? "changed");
    } catch (e) {
      if (isMissing(e)) return undefined;
      throw e;
    }
  },
  write: (ns, table) => writeTable(pathOf(ns), table),
  remove: (ns, table) => removeTable(pathOf(ns), table),
  watch: (ns, onChange) => watchTables(pathOf(ns), onChange),
};

/** No library, or a kernel without nf_tables: whoever wants a table hears so when it is written. */
function isMissing(e: unknown): boolean {
  return e instanceof NftablesError && (e.code === "WEFT_NFT_MISSING" || e.errnoName === "EOPNOTSUPP" || e.errnoName === "EPROTONOSUPPORT");
}
