// SPDX-License-Identifier: Apache-2.0
import type { PrefixPathRow, PrefixRow } from "../../../contract/inspect.ts";
import { Client } from "../../client.ts";
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { addInspectOptions, type InspectOptions } from "../../inspect-options.ts";
import { ipOption } from "../../parse-option.ts";
import { printRows } from "../../render/output.ts";
import type { Colour, Column } from "../../render/table.ts";

interface PrefixesOptions extends InspectOptions {
  readonly domain?: string;
  readonly ip?: string;
}

const colours: Readonly<Record<PrefixRow["state"], Colour>> = { local: "green", installed: "green", unresolved: "yellow" };

const columns: readonly Column<PrefixRow>[] = [
  { title: "DOMAIN", text: (p) => p.domain },
  { title: "PREFIX", text: (p) => p.prefix },
  { title: "SOURCE", text: (p) => p.source },
  { title: "STATE", text: (p) => p.state, colour: (p) => colours[p.state] },
  { title: "PATHS", text: (p) => p.paths.map(pathText).join(", ") || "-" },
  { title: "REASON", text: (p) => p.reason ?? "" },
];

function pathText({ via, dev, vni, routerMac, domain }: PrefixPathRow): string {
  const hop = `${via === null ? "" : `via ${via} `}dev ${dev ?? "?"}`;
  if (domain !== null) return `${hop} (domain ${domain})`;
  return vni === null ? hop : `${hop} (VNI ${vni}, router ${routerMac})`;
}

export const prefixesCommand = command<PrefixesOptions>({
  details:
    "SOURCE: subnet, static and kernel are of this host; host is a MAC/IP route with the label of the domain (symmetric IRB), prefix a type 5\n" +
    "route: of another host or, with its name in PATHS, of another domain of this one. What is here needs no route from elsewhere.\n" +
    "An unresolved route is kept, with the reason, and installed when it resolves.",
  examples: [
    ["weft evpn prefixes --domain shop", "the routing table of a domain, as this host made it of routes"],
    ["weft evpn prefixes --ip 10.1.2.22", "every prefix that holds an address"],
  ],
  configure(c) {
    addInspectOptions(c);
    c.option("--domain <name>", "only this domain");
    c.option("--ip <ip>", "only prefixes that hold this address", ipOption);
  },
  async run({ options }) {
    const { domain, ip } = options;
    const rows = await new Client(options.runDir).get<readonly PrefixRow[]>("/v1/evpn/prefixes", { domain, ip });
    await printRows(rows, columns, options.output, "no prefixes");
    return exitStatus.ok;
  },
});
