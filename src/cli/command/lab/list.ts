// SPDX-License-Identifier: Apache-2.0
import type { LabStatus } from "../../../lab/status.ts";
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { addOutput, type OutputFormat } from "../../inspect-options.ts";
import { printRows } from "../../render/output.ts";
import { type Column, numberColumn } from "../../render/table.ts";

const columns: readonly Column<LabStatus>[] = [
  { title: "LAB", text: (l) => l.lab },
  { title: "PHASE", text: (l) => l.phase, colour: (l) => (l.phase === "up" ? "green" : "yellow") },
  { title: "UNDERLAY", text: (l) => l.underlay },
  numberColumn("MEMBERS", (l) => l.members.length),
  numberColumn("WORKLOADS", (l) => l.workloads.length),
  { title: "CREATED", text: (l) => l.created },
];

export const labListCommand = command<{ readonly output: OutputFormat }>({
  examples: [["weft lab list", "the labs of this machine, the half-built ones too"]],
  configure: (c) => void addOutput(c),
  async run({ options }) {
    const { labList } = await import("../../../lab/status.ts");
    await printRows(await labList(), columns, options.output, "no labs");
    return exitStatus.ok;
  },
});
