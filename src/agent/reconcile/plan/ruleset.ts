// SPDX-License-Identifier: Apache-2.0
import { digestOf } from "../../../nftables/digest.ts";
import type { Table } from "../../../nftables/table.ts";
import { keyOf, type NamespaceName, type ObjectKey, type RulesetObject } from "../../desired/object.ts";
import { conflict, type PlanContext, settled, type Verdict, waiting } from "./context.ts";

/** A table is written when it is not what is wanted, by a process of ours and untouched since; so a restart writes nothing. */
export function planRuleset(
  key: ObjectKey,
  ref: { readonly ns: NamespaceName; readonly table: Pick<Table, "family" | "name"> },
  wanted: RulesetObject | undefined,
  context: PlanContext,
): Verdict {
  const { ns } = ref;
  const state = context.actual.fact(key);
  const hasPlace = ns === "" || context.wanted.has(keyOf({ kind: "namespace", ns }));
  if (!wanted) {
    if (state === undefined || state === "foreign" || !hasPlace) return settled;
    return { kind: "ops", ops: [{ kind: "delete-ruleset", key, ns, table: ref.table }] };
  }
  if (state === "foreign") return conflict("a table of this name exists and was not made by the agent");
  if (state === digestOf(wanted.table)) return settled;
  if (!context.actual.hasNamespace(ns) && !hasPlace) return waiting(`namespace ${ns} is not there`);
  return { kind: "ops", ops: [{ kind: "put-ruleset", key, ns, table: wanted.table }] };
}
