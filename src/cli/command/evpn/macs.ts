// SPDX-License-Identifier: Apache-2.0
import type { MacRow } from "../../../contract/inspect.ts";
import { Client } from "../../client.ts";
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { printRows } from "../../render/output.ts";
import { type Column, numberColumn } from "../../render/table.ts";
import { addFilters, type EvpnFilterOptions, filterQuery } from "./filter-options.ts";

const columns: readonly Column<MacRow>[] = [
  { title: "NETWORK", text: (m) => m.network },
  numberColumn("VNI", (m) => m.vni),
  { title: "MAC", text: (m) => m.mac },
  { title: "WHERE", text: (m) => m.where, colour: (m) => (m.where === "local" ? "green" : undefined) },
  { title: "AT", text: (m) => m.at },
  numberColumn("SEQ", (m) => m.sequence),
  { title: "ORIGIN", text: (m) => m.origin },
  {
    title: "FLAGS",
    text: (m) => [m.sticky ? "sticky" : "", m.quarantined ? "quarantined" : ""].filter(Boolean).join(",") || "-",
    colour: (m) => (m.quarantined ? "red" : undefined),
  },
  { title: "IPS", text: (m) => m.ips.join(" ") },
];

export const macsCommand = command<EvpnFilterOptions>({
  examples: [
    ["weft evpn macs --network web", "where every MAC of a network is"],
    ["weft evpn macs --mac 02:00:00:00:01:0a", "where this one is, with its mobility sequence number"],
  ],
  configure: (c) => addFilters(c, ["network", "vni", "mac", "ip"]),
  async run({ options }) {
    const rows = await new Client(options.runDir).get<readonly MacRow[]>("/v1/evpn/macs", filterQuery(options));
    await printRows(rows, columns, options.output, "no MACs");
    return exitStatus.ok;
  },
});
