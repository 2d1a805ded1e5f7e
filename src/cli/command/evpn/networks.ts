// SPDX-License-Identifier: Apache-2.0
import type { NetworkRow } from "../../../contract/inspect.ts";
import { Client } from "../../client.ts";
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { printRows } from "../../render/output.ts";
import { type Colour, type Column, numberColumn } from "../../render/table.ts";
import { addFilters, type EvpnFilterOptions, filterQuery } from "./filter-options.ts";

const colours: Readonly<Record<NetworkRow["state"], Colour>> = { ready: "green", pending: "yellow", failing: "red", refused: "red" };

const columns: readonly Column<NetworkRow>[] = [
  { title: "NETWORK", text: (n) => n.network },
  numberColumn("VNI", (n) => n.vni),
  { title: "DOMAIN", text: (n) => n.domain ?? "-" },
  { title: "NAMESPACE", text: (n) => n.namespace ?? "-" },
  { title: "GATEWAY", text: (n) => n.gateways.join(" ") || "-" },
  { title: "BRIDGE", text: (n) => n.bridge },
  { title: "VXLAN", text: (n) => n.vxlan },
  numberColumn("MTU", (n) => n.mtu),
  { title: "RD", text: (n) => n.rd },
  { title: "IMPORT", text: (n) => n.importTargets.join(" ") },
  { title: "EXPORT", text: (n) => n.exportTargets.join(" ") },
  { title: "MODE", text: (n) => n.mode },
  numberColumn("LOCAL", (n) => n.localMacs),
  numberColumn("REMOTE", (n) => n.remoteMacs),
  numberColumn("VTEPS", (n) => n.vteps),
  { title: "UNKNOWN", text: (n) => n.unknownNeighbours },
  numberColumn("DROPPED", (n) => (n.unknownNeighbours === "drop" ? n.droppedArp + n.droppedNd : null)),
  { title: "STATE", text: (n) => n.state, colour: (n) => colours[n.state] },
  { title: "REASON", text: (n) => n.reason ?? "" },
];

export const networksCommand = command<EvpnFilterOptions>({
  examples: [
    ["weft evpn networks", "VNI, devices, RD, route targets and state of each network"],
    ["weft evpn networks --vni 100 -o yaml", "one network, everything about it"],
  ],
  configure: (c) => addFilters(c, ["network", "vni"]),
  async run({ options }) {
    const rows = await new Client(options.runDir).get<readonly NetworkRow[]>("/v1/evpn/networks", filterQuery(options));
    await printRows(rows, columns, options.output, "no networks");
    return exitStatus.ok;
  },
});
