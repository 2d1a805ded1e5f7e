// SPDX-License-Identifier: Apache-2.0
import type { BfdRow } from "../../../contract/inspect.ts";
import { Client } from "../../client.ts";
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { addInspectOptions, type InspectOptions } from "../../inspect-options.ts";
import { ipOption } from "../../parse-option.ts";
import { formatDuration } from "../../render/duration.ts";
import { printRows } from "../../render/output.ts";
import { type Column, numberColumn } from "../../render/table.ts";

const columns: readonly Column<BfdRow>[] = [
  { title: "PEER", text: (s) => s.peer },
  { title: "LOCAL", text: (s) => s.local },
  { title: "HOPS", text: (s) => (s.multihop ? "multi" : "single") },
  { title: "STATE", text: (s) => s.state, colour: (s) => (s.state === "up" ? "green" : "red") },
  { title: "REMOTE", text: (s) => s.remoteState ?? "-" },
  { title: "SINCE", text: (s) => formatDuration(s.since), align: "right" },
  { title: "INTERVAL", text: (s) => `${s.interval} ms`, align: "right" },
  { title: "DETECTION", text: (s) => (s.detectionTime === null ? "-" : `${s.detectionTime} ms`), align: "right" },
  numberColumn("IN", (s) => s.packetsIn),
  numberColumn("OUT", (s) => s.packetsOut),
  numberColumn("DOWNS", (s) => s.downs),
  { title: "LAST DOWN", text: (s) => s.problem ?? s.lastDown ?? "", colour: (s) => (s.state === "up" ? "gray" : "red") },
];

interface PeersOptions extends InspectOptions {
  readonly peer?: string;
}

export const bfdPeersCommand = command<PeersOptions>({
  examples: [
    ["weft bfd peers", "one line for each BFD session"],
    ["weft bfd peers --peer 10.0.0.4 -o yaml", "timers of both sides, discriminators and diagnostics of one session"],
  ],
  configure(c) {
    addInspectOptions(c);
    c.option("--peer <address>", "only the session with this peer", ipOption);
  },
  async run({ options }) {
    const rows = await new Client(options.runDir).get<readonly BfdRow[]>("/v1/bfd/peers");
    const wanted = options.peer === undefined ? rows : rows.filter((s) => s.peer === options.peer);
    const nothing = "no BFD sessions: set `bfd: true` at a peer or a range; they begin with the session of BGP";
    await printRows(wanted, columns, options.output, options.peer === undefined ? nothing : `no BFD session with ${options.peer}`);
    return exitStatus.ok;
  },
});
