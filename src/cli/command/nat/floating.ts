// SPDX-License-Identifier: Apache-2.0
import type { FloatingIpRow } from "../../../contract/inspect.ts";
import { Client } from "../../client.ts";
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { addInspectOptions, type InspectOptions } from "../../inspect-options.ts";
import { printRows } from "../../render/output.ts";
import { type Column, numberColumn } from "../../render/table.ts";

const colours = { active: "green", elsewhere: undefined, pending: "yellow", refused: "red", failing: "red" } as const;

const columns: readonly Column<FloatingIpRow>[] = [
  { title: "ADDRESS", text: (f) => f.address },
  { title: "TO", text: (f) => f.inner ?? (f.port === null ? "-" : `port ${f.port}`) },
  { title: "DOMAIN", text: (f) => f.domain ?? "-" },
  { title: "STATE", text: (f) => f.state, colour: (f) => colours[f.state] },
  { title: "BY", text: (f) => f.announce.join(", ") },
  numberColumn("IN", (f) => f.in.packets),
  numberColumn("OUT", (f) => f.out.packets),
  { title: "REASON", text: (f) => f.reason ?? "" },
];

export const floatingCommand = command<InspectOptions>({
  details: "A floating IP is active on the host that has its workload. IN and OUT count packets since it became so.",
  examples: [["weft nat floating", "floating IPs: which of them are here, and how the public side learns of them"]],
  configure: (c) => void addInspectOptions(c),
  async run({ options }) {
    const rows = await new Client(options.runDir).get<readonly FloatingIpRow[]>("/v1/nat/floating");
    await printRows(rows, columns, options.output, "no floating IPs");
    return exitStatus.ok;
  },
});
