// SPDX-License-Identifier: Apache-2.0
import type { PathDetail, RouteDetailRow } from "../../../contract/inspect.ts";
import { Client } from "../../client.ts";
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { addInspectOptions, type InspectOptions } from "../../inspect-options.ts";
import { rdOption } from "../../parse-option.ts";
import { print, printNote, printValue } from "../../render/output.ts";
import { printable } from "../../render/table.ts";

interface RouteOptions extends InspectOptions {
  readonly rd?: string;
}

/** What a reason means, for people. */
const reasons: Readonly<Record<string, string>> = {
  "no-session": "the session is down",
  "family-not-negotiated": "the family was not negotiated",
  "came-from-it": "split horizon: it announced this path itself",
  "no-advertise": "the route carries NO_ADVERTISE",
  "no-export": "the route carries NO_EXPORT, and it is of another AS",
  "not-reflected": "neither it nor the peer that announced the path is a client of ours (RFC 4456)",
  "long-lived-stale": "the route is long-lived stale, and it does not know of that (RFC 9494)",
  policy: "an export policy refuses it",
  "not-asked-for": "it asked for other route targets only (RFC 4684)",
  congested: "it reads too slowly: it gets the newest state when it catches up",
};

/** Peers named in a line; `-o json` has them all. */
const mostNames = 8;

export const routeCommand = command<RouteOptions>({
  details:
    "ROUTE is a MAC, an IP address or a prefix, a route as the list shows it, or an EVPN NLRI in hexadecimal. For each route: its paths\n" +
    "with all attributes, at which step of the decision process the others lost (RFC 4271 §9.1.2.2 with RFC 7432 §15, RFC 4456 §9), to\n" +
    "whom the best path is sent, and why not to the others.",
  examples: [
    ["weft bgp route 02:00:00:00:01:0a", "why this path to a MAC won, and who knows of it"],
    ["weft bgp route 10.1.2.3", "the same for an address, with the longest prefixes that hold it"],
    ["weft bgp route '[3]:[0]:[32]:[10.0.0.4]' --rd 10.0.0.4:100", "one entry of a flood list"],
  ],
  configure(c) {
    addInspectOptions(c);
    c.argument("<route>", "MAC, address, prefix, route or NLRI");
    c.option("--rd <rd>", "only of this route distinguisher", rdOption);
  },
  async run({ args, options }) {
    const routes = await new Client(options.runDir).get<readonly RouteDetailRow[]>("/v1/bgp/route", { route: args[0], rd: options.rd });
    if (options.output !== "table") await printValue(routes, options.output);
    else if (routes.length === 0) printNote("no such route");
    else print(routes.map((r) => routeLines(r).map(printable).join("\n")).join("\n\n"));
    return routes.length === 0 ? exitStatus.failed : exitStatus.ok;
  },
});

function routeLines(r: RouteDetailRow): readonly string[] {
  const paths = `${r.paths.length} path${r.paths.length === 1 ? "" : "s"}`;
  return [
    `${r.rd === "" ? "" : `${r.rd} `}${r.route}, ${r.family}, ${paths}`,
    ...r.paths.flatMap(pathLines),
    `  sent to: ${names(r.sentTo)}`,
    ...r.notSentTo.map(({ reason, peers }) => `  not sent to ${names(peers)}: ${reasons[reason] ?? reason}`),
  ];
}

function pathLines(p: PathDetail): readonly string[] {
  const verdict =
    p.lost === null ? (p.best ? "best" : "equal to the best") : `lost to that from ${p.lost.to} at step ${p.lost.step}, ${p.lost.name}`;
  return [
    `  from ${p.peer}: ${verdict}${p.stale ? ", stale" : ""}`,
    `    next hop ${p.nextHop}${p.labels.length === 0 ? "" : `, label ${p.labels.join(", ")}`}`,
    ...p.attributes.map((a) => `    ${a}`),
  ];
}

function names(peers: readonly string[]): string {
  if (peers.length === 0) return "nobody";
  const rest = peers.length - mostNames;
  return `${peers.slice(0, mostNames).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
