// SPDX-License-Identifier: Apache-2.0
import { type Command, Option } from "commander";
import type { PeerQuery, PeerRow } from "../../../contract/inspect.ts";
import { Client } from "../../client.ts";
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { addWideOptions, type WideOptions } from "../../inspect-options.ts";
import { ipOrPrefixOption, numberOption } from "../../parse-option.ts";
import { formatDuration } from "../../render/duration.ts";
import { printRows } from "../../render/output.ts";
import { type Column, numberColumn } from "../../render/table.ts";

/** Scripts may count on the order. */
const columns: readonly Column<PeerRow>[] = [
  { title: "PEER", text: (p) => p.peer },
  { title: "NAME", text: (p) => p.hostname ?? p.description ?? "-" },
  numberColumn("AS", (p) => p.asn),
  { title: "ROLE", text: (p) => `${p.role}${p.dynamic ? ", dynamic" : ""}` },
  { title: "STATE", text: (p) => p.state, colour: (p) => (p.state === "established" ? "green" : "yellow") },
  { title: "SINCE", text: (p) => formatDuration(p.since), align: "right" },
  numberColumn("RECEIVED", (p) => p.received),
  numberColumn("SENT", (p) => p.sent),
  numberColumn("WITHHELD", (p) => p.withheld),
  { title: "REFUSED", text: (p) => refusedText(p), colour: () => "yellow" },
  numberColumn("FLAPS", (p) => p.flaps),
  { title: "BFD", text: (p) => p.bfd ?? "-", colour: (p) => (p.bfd === "up" ? "green" : p.bfd === "down" ? "yellow" : "gray") },
  { title: "FAMILIES", text: (p) => p.families.join(",") },
  { title: "LAST ERROR", text: (p) => p.lastError ?? "", colour: (p) => (p.state === "established" ? "gray" : "red") },
];

/** How many, and by what: `12 admission/rd, 3 from-hosts/no-prefixes`. */
function refusedText({ refused }: PeerRow): string {
  if (refused.length === 0) return "-";
  return refused.map((r) => `${r.routes} ${r.policy}/${r.rule}`).join(", ");
}

const wideColumns: readonly Column<PeerRow>[] = [
  ...columns.slice(0, -2),
  { title: "ROUTER ID", text: (p) => p.routerId ?? "-" },
  numberColumn("HOLD", (p) => p.holdTime),
  numberColumn("MSG IN", (p) => p.messagesIn),
  numberColumn("MSG OUT", (p) => p.messagesOut),
  numberColumn("BYTES IN", (p) => p.octetsIn),
  numberColumn("BYTES OUT", (p) => p.octetsOut),
  numberColumn("QUEUED", (p) => p.queued),
  numberColumn("LAGGING", (p) => p.lagging),
  numberColumn("DROPPED", (p) => Object.values(p.dropped).reduce((sum, n) => sum + n, p.malformed)),
  ...columns.slice(-2),
];

/** Most important first; those that are alike stay in the order of their addresses. */
const orders = {
  address: () => 0,
  state: (a, b) => (a.state < b.state ? -1 : a.state > b.state ? 1 : 0),
  since: (a, b) => a.since - b.since,
  received: (a, b) => b.received - a.received,
  sent: (a, b) => b.sent - a.sent,
  flaps: (a, b) => b.flaps - a.flaps,
  queued: (a, b) => b.queued - a.queued || b.lagging - a.lagging,
} satisfies Readonly<Record<string, (a: PeerRow, b: PeerRow) => number>>;

interface PeersOptions extends WideOptions, PeerQuery {
  readonly sort: keyof typeof orders;
}

function configure(c: Command): void {
  addWideOptions(c);
  const states = ["failed", "idle", "connect", "active", "open-sent", "open-confirm", "established"];
  c.addOption(new Option("--state <state>", "only sessions in this state; failed: any but established").choices(states));
  c.option("--peer <address>", "only this peer, or those of a prefix", ipOrPrefixOption);
  c.option("--asn <asn>", "only peers of this AS", numberOption(0, 0xffffffff));
  c.addOption(new Option("--sort <by>", "most, or latest, first").choices(Object.keys(orders)).default("address"));
}

export const peersCommand = command<PeersOptions>({
  details:
    "`weft bgp summary` counts them by state. REFUSED: announcements of this session that were not taken, by policy and rule:\n" +
    "`admission/next-hop` was not the peer's own, `limit/maximum` too many. With -o json also the line of each rule, and what\n" +
    "export policies kept back.",
  examples: [
    ["weft bgp peers", "one line for each session"],
    ["weft bgp peers --state failed", "those that ought to be up and are not, with the reason"],
    ["weft bgp peers --peer 10.0.0.0/16 --sort queued -o wide", "who of this range does not keep up"],
    ["weft bgp peers --peer 10.0.0.4 -o yaml", "everything about one session"],
  ],
  configure,
  async run({ options }) {
    const { runDir, output, sort, ...filter } = options;
    const rows = await new Client(runDir).get<readonly PeerRow[]>("/v1/bgp/peers", { ...filter });
    const nothing = filter.peer === undefined || filter.peer.includes("/") ? "no peers" : `no peer ${filter.peer}`;
    const wide = output === "wide";
    await printRows(rows.toSorted(orders[sort]), wide ? wideColumns : columns, wide ? "table" : output, nothing);
    return exitStatus.ok;
  },
});
