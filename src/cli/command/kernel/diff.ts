// SPDX-License-Identifier: Apache-2.0
import type { KernelDiffRow } from "../../../contract/inspect.ts";
import { Client } from "../../client.ts";
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { addInspectOptions, type InspectOptions } from "../../inspect-options.ts";
import { printRows } from "../../render/output.ts";
import type { Column } from "../../render/table.ts";

const columns: readonly Column<KernelDiffRow>[] = [
  { title: "NAMESPACE", text: (d) => d.namespace ?? "-" },
  { title: "CHANGE", text: (d) => d.change, colour: (d) => (d.change === "conflict" ? "red" : "yellow") },
  { title: "OBJECT", text: (d) => d.object },
  { title: "WANTED", text: (d) => d.wanted ?? "-" },
  { title: "ACTUAL", text: (d) => d.actual ?? "-" },
  { title: "ERROR", text: (d) => d.error ?? "" },
];

export const diffCommand = command<InspectOptions>({
  details: "Reads the kernel anew. Prints nothing and ends with 0 when it holds what we want, else with 1.",
  examples: [["weft kernel diff", "what the next audit would repair, and what it could not"]],
  configure: (c) => void addInspectOptions(c),
  async run({ options }) {
    const rows = await new Client(options.runDir).get<readonly KernelDiffRow[]>("/v1/kernel/diff");
    if (rows.length > 0 || options.output !== "table") await printRows(rows, columns, options.output, "");
    return rows.length === 0 ? exitStatus.ok : exitStatus.failed;
  },
});
