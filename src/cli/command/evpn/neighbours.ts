// SPDX-License-Identifier: Apache-2.0
import type { NeighbourRow } from "../../../contract/inspect.ts";
import { Client } from "../../client.ts";
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { printRows } from "../../render/output.ts";
import { type Column, numberColumn } from "../../render/table.ts";
import { addFilters, type EvpnFilterOptions, filterQuery } from "./filter-options.ts";

const columns: readonly Column<NeighbourRow>[] = [
  { title: "NETWORK", text: (n) => n.network },
  numberColumn("VNI", (n) => n.vni),
  { title: "IP", text: (n) => n.ip },
  { title: "MAC", text: (n) => n.mac },
  { title: "WHERE", text: (n) => n.where, colour: (n) => (n.where === "local" ? "green" : undefined) },
  { title: "AT", text: (n) => n.at || "-" },
  { title: "FROM", text: (n) => n.origin },
];

export const neighboursCommand = command<EvpnFilterOptions>({
  examples: [["weft evpn neighbours --ip 10.1.1.11", "the MAC and the place of an address: what ARP and ND are answered from"]],
  configure: (c) => addFilters(c, ["network", "vni", "mac", "ip"]),
  async run({ options }) {
    const rows = await new Client(options.runDir).get<readonly NeighbourRow[]>("/v1/evpn/neighbours", filterQuery(options));
    await printRows(rows, columns, options.output, "no neighbours");
    return exitStatus.ok;
  },
});
