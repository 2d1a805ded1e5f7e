// SPDX-License-Identifier: Apache-2.0
import type { Command } from "commander";
import type { RouteQuery, RouteRow, RoutesReply } from "../../../contract/inspect.ts";
import { Client } from "../../client.ts";
import { command } from "../../command-file.ts";
import { UsageError } from "../../errors.ts";
import { exitStatus } from "../../exit-status.ts";
import { addWideOptions, type WideOptions } from "../../inspect-options.ts";
import { ipOption, ipOrPrefixOption, macOption, numberOption, rdOption, vniOption } from "../../parse-option.ts";
import { printNote } from "../../render/output.ts";
import { RowPrinter } from "../../render/row-printer.ts";
import { routeColumns, wideRouteColumns } from "../../render/route-columns.ts";

interface RoutesOptions extends WideOptions, RouteQuery {}

/** What one page may hold; see the contract. */
const mostOfPage = 100_000;

function configure(c: Command): void {
  addWideOptions(c);
  c.option("--type <type>", "route type, as a number or a name");
  c.option("--network <name>", "routes that this network of the agent imports");
  c.option("--vni <vni>", "routes with this VNI as label", vniOption);
  c.option("--mac <mac>", "routes of this MAC", macOption);
  c.option("--ip <ip>", "routes of this address, with the longest prefixes that hold it; or routes to this prefix", ipOrPrefixOption);
  c.option("--rd <rd>", "routes of this route distinguisher", rdOption);
  c.option("--rt <rt>", "routes that carry this route target; *:100 for any administrator");
  c.option("--peer <peer>", "paths from this peer; `local` for our own");
  c.option("--sent-to <peer>", "paths that this peer is sent", ipOption);
  c.option("--community <community>", "routes with this community, of any kind, as the last column shows it");
  c.option("--next-hop <ip>", "routes with this next hop", ipOption);
  c.option("--origin <origin>", "igp, egp or incomplete");
  c.option("--originator <id>", "routes that the router with this BGP identifier brought in", ipOption);
  c.option("--family <family>", "address family, when there is more than one");
  c.option("--best", "only paths that are used");
  c.option("--limit <n>", "no more than so many, and where the next ones begin", numberOption(1, mostOfPage));
  c.option("--after <cursor>", "go on where an earlier answer ended; needs --limit");
}

export const routesCommand = command<RoutesOptions>({
  details:
    "In the first column * marks the path that is used, S one that is kept over a graceful restart. Filters add up.\n" +
    "Route types: 1 ethernet-ad, 2 macip, 3 multicast, 4 es, 5 prefix, and any number. JSON comes as one array, a route a line,\n" +
    "while the daemon looks: it serves its peers meanwhile. A route that is there all the time is listed exactly once.",
  examples: [
    ["weft bgp routes --type 2 --mac 02:00:00:00:01:0a", "who announces this MAC"],
    ["weft bgp routes --ip 10.1.2.3", "the host of an address, and the prefixes it falls under"],
    ["weft bgp routes --type multicast --network web", "the flood list of a network, as routes"],
    ["weft bgp routes --peer local", "what this host announces"],
    ["weft bgp routes --sent-to 10.0.0.4", "what a peer holds of ours"],
    ["weft bgp routes --rt 65000:100 --best -o json", "for a program"],
    ["weft bgp routes --limit 100", "the first hundred, and how to get the next"],
  ],
  configure,
  async run({ options }) {
    const { runDir, output, limit, after, ...filter } = options;
    const client = new Client(runDir);
    const printer = new RowPrinter<RouteRow>(output, output === "wide" ? wideRouteColumns : routeColumns, "no routes");
    if (limit === undefined) {
      if (after !== undefined) throw new UsageError("--after needs --limit: it goes on with a list that was cut short");
      for await (const line of client.lines("/v1/bgp/routes", { ...filter, stream: true })) await printer.line(line);
      await printer.end();
      return exitStatus.ok;
    }
    const page = await client.get<RoutesReply>("/v1/bgp/routes", { ...filter, limit, after });
    for (const row of page.rows) await printer.line(JSON.stringify(row));
    await printer.end();
    if (page.next !== null) printNote(`more: add --after ${page.next}`);
    return exitStatus.ok;
  },
});
