// SPDX-License-Identifier: Apache-2.0
import type { DuplicateRow } from "../../../contract/inspect.ts";
import { Client } from "../../client.ts";
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { printRows } from "../../render/output.ts";
import { type Column, numberColumn } from "../../render/table.ts";
import { addFilters, type EvpnFilterOptions, filterQuery } from "./filter-options.ts";

const columns: readonly Column<DuplicateRow>[] = [
  { title: "NETWORK", text: (d) => d.network },
  numberColumn("VNI", (d) => d.vni),
  { title: "IP", text: (d) => d.ip ?? "-" },
  { title: "MAC", text: (d) => d.mac ?? "-" },
  numberColumn("MOVES", (d) => d.moves),
  { title: "SINCE", text: (d) => d.since },
  { title: "UNTIL", text: (d) => d.until ?? "cleared by command" },
];

export const duplicatesCommand = command<EvpnFilterOptions>({
  examples: [["weft evpn duplicates", "which MACs and IPs are in quarantine, and until when"]],
  configure: (c) => addFilters(c, ["network", "vni", "mac", "ip"]),
  async run({ options }) {
    const rows = await new Client(options.runDir).get<readonly DuplicateRow[]>("/v1/evpn/duplicates", filterQuery(options));
    await printRows(rows, columns, options.output, "no duplicates");
    return exitStatus.ok;
  },
});
