// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { formatTable } from "./format.ts";
import type { Table } from "./table.ts";

/** Tables are compared at every audit, and their values do not change. */
const known = new WeakMap<Table, string>();

/** 16 hexadecimal digits that stand for what a table is to be. */
export function digestOf(table: Table): string {
  let digest = known.get(table);
  if (digest === undefined) {
    digest = createHash("sha1").update(formatTable(table)).digest("hex").slice(0, 16);
    known.set(table, digest);
  }
  return digest;
}
