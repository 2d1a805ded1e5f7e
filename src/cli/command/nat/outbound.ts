// SPDX-License-Identifier: Apache-2.0
import type { OutboundRow } from "../../../contract/inspect.ts";
import { Client } from "../../client.ts";
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { addInspectOptions, type InspectOptions } from "../../inspect-options.ts";
import { printRows } from "../../render/output.ts";
import { type Column, numberColumn } from "../../render/table.ts";

const columns: readonly Column<OutboundRow>[] = [
  { title: "DOMAIN", text: (o) => o.domain },
  { title: "ADDRESS", text: (o) => o.address ?? "-" },
  { title: "PORTS", text: (o) => o.ports },
  { title: "LINK", text: (o) => o.link },
  numberColumn("CONNECTIONS", (o) => o.connections),
  { title: "LIMIT", text: (o) => (o.limit === null ? "-" : String(o.limit)) },
  numberColumn("REFUSED", (o) => o.refused),
  numberColumn("NO PORT", (o) => o.exhausted),
  { title: "SOURCE", text: (o) => o.source },
];

export const outboundCommand = command<InspectOptions>({
  details:
    "REFUSED: packets of connections beyond the domain's limit. NO PORT: of connections for which the host had no port left towards their destination, of all domains together. SOURCE: what the host and its logs see: the address of the domain's LINK, or those of workloads.",
  examples: [["weft nat outbound", "outbound NAT by domain: address, ports, connections, and what was refused"]],
  configure: (c) => void addInspectOptions(c),
  async run({ options }) {
    const rows = await new Client(options.runDir).get<readonly OutboundRow[]>("/v1/nat/outbound");
    await printRows(rows, columns, options.output, "no domain has outbound NAT");
    return exitStatus.ok;
  },
});
