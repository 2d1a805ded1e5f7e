// SPDX-License-Identifier: Apache-2.0
import type { VtepRow } from "../../../contract/inspect.ts";
import { Client } from "../../client.ts";
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { printRows } from "../../render/output.ts";
import { type Column, numberColumn } from "../../render/table.ts";
import { addFilters, type EvpnFilterOptions, filterQuery } from "./filter-options.ts";

const columns: readonly Column<VtepRow>[] = [
  { title: "NETWORK", text: (v) => v.network },
  numberColumn("VNI", (v) => v.vni),
  { title: "VTEP", text: (v) => v.vtep },
  numberColumn("MACS", (v) => v.macs),
];

export const vtepsCommand = command<EvpnFilterOptions>({
  examples: [["weft evpn vteps --network web", "the other hosts of a network, with the number of MACs behind each"]],
  configure: (c) => addFilters(c, ["network", "vni"]),
  async run({ options }) {
    const rows = await new Client(options.runDir).get<readonly VtepRow[]>("/v1/evpn/vteps", filterQuery(options));
    await printRows(rows, columns, options.output, "no remote VTEPs");
    return exitStatus.ok;
  },
});
