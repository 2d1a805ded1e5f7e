// SPDX-License-Identifier: Apache-2.0
import { natTable } from "./nat/domain-table.ts";
import { neighbourTable } from "./question-table.ts";

/** Every table of nftables that the agent may make as an object of the kernel, in any namespace. */
export const ownTables = [natTable, neighbourTable] as const;
