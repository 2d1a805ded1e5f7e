// SPDX-License-Identifier: Apache-2.0
import type { LeaseRow } from "../../../contract/inspect.ts";
import { Client } from "../../client.ts";
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { addInspectOptions, type InspectOptions } from "../../inspect-options.ts";
import { printRows } from "../../render/output.ts";
import type { Column } from "../../render/table.ts";

const columns: readonly Column<LeaseRow>[] = [
  { title: "DOMAIN", text: (l) => l.domain },
  { title: "IP", text: (l) => l.ip },
  { title: "NAME", text: (l) => l.name ?? "-" },
  { title: "EXPIRES", text: (l) => l.expires ?? "never" },
];

export const leasesCommand = command<InspectOptions & { readonly domain?: string }>({
  examples: [["weft dhcp leases --domain shop", "addresses that workloads of this host asked for and have"]],
  configure(c) {
    addInspectOptions(c);
    c.option("--domain <name>", "only this domain");
  },
  async run({ options }) {
    const rows = await new Client(options.runDir).get<readonly LeaseRow[]>("/v1/dhcp/leases", { domain: options.domain });
    await printRows(rows, columns, options.output, "no leases");
    return exitStatus.ok;
  },
});
