// SPDX-License-Identifier: Apache-2.0
import type { DomainRow } from "../../../contract/inspect.ts";
import { Client } from "../../client.ts";
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { addInspectOptions, type InspectOptions } from "../../inspect-options.ts";
import { printRows } from "../../render/output.ts";
import { type Colour, type Column, numberColumn } from "../../render/table.ts";

const colours: Readonly<Record<DomainRow["state"], Colour>> = { ready: "green", pending: "yellow", failing: "red" };

const columns: readonly Column<DomainRow>[] = [
  { title: "DOMAIN", text: (d) => d.domain },
  numberColumn("L3VNI", (d) => d.l3vni),
  { title: "NAMESPACE", text: (d) => d.namespace },
  { title: "NETWORKS", text: (d) => d.networks.join(" ") || "-" },
  { title: "ROUTER MAC", text: (d) => d.routerMac ?? "-" },
  { title: "RD", text: (d) => d.rd || "-" },
  { title: "IMPORT", text: (d) => d.importTargets.join(" ") },
  { title: "EXPORT", text: (d) => d.exportTargets.join(" ") },
  numberColumn("HOSTS", (d) => d.hosts),
  numberColumn("PREFIXES", (d) => d.prefixes),
  numberColumn("UNRESOLVED", (d) => d.unresolved),
  numberColumn("ANNOUNCED", (d) => d.announced),
  numberColumn("VTEPS", (d) => d.vteps),
  { title: "STATE", text: (d) => d.state, colour: (d) => colours[d.state] },
  { title: "REASON", text: (d) => d.reason ?? "" },
];

export const domainsCommand = command<InspectOptions>({
  details:
    "HOSTS and PREFIXES are routes that came from other hosts, or from other domains of this one, and are installed; UNRESOLVED ones wait:\n" +
    "`weft evpn prefixes` says for what.",
  examples: [["weft evpn domains", "the routed spaces of this host, and how many routes each has"]],
  configure: (c) => void addInspectOptions(c),
  async run({ options }) {
    const rows = await new Client(options.runDir).get<readonly DomainRow[]>("/v1/evpn/domains");
    await printRows(rows, columns, options.output, "no domains");
    return exitStatus.ok;
  },
});
