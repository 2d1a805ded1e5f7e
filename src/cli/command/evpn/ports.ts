// SPDX-License-Identifier: Apache-2.0
import type { PortRow } from "../../../contract/inspect.ts";
import { Client } from "../../client.ts";
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { printRows } from "../../render/output.ts";
import { type Column, numberColumn } from "../../render/table.ts";
import { addFilters, type EvpnFilterOptions, filterQuery } from "./filter-options.ts";

const columns: readonly Column<PortRow>[] = [
  { title: "PORT", text: (p) => p.port },
  { title: "NETWORK", text: (p) => p.network },
  numberColumn("VNI", (p) => p.vni),
  { title: "INTERFACE", text: (p) => p.interface },
  { title: "MAC", text: (p) => p.mac ?? "-" },
  { title: "IPS", text: (p) => p.ips.join(",") || "-" },
  { title: "STATE", text: (p) => p.state, colour: (p) => (p.state === "attached" ? "green" : "yellow") },
];

export const portsCommand = command<EvpnFilterOptions>({
  examples: [["weft evpn ports", "attachments that the configuration declares, and whether their interfaces are there"]],
  configure: (c) => addFilters(c, ["network", "vni", "mac", "ip"]),
  async run({ options }) {
    const rows = await new Client(options.runDir).get<readonly PortRow[]>("/v1/evpn/ports", filterQuery(options));
    await printRows(rows, columns, options.output, "no ports are declared");
    return exitStatus.ok;
  },
});
