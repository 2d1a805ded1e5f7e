// SPDX-License-Identifier: Apache-2.0
import type { BgpSummaryReply } from "../../../contract/inspect.ts";
import { Client } from "../../client.ts";
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { addInspectOptions, type InspectOptions } from "../../inspect-options.ts";
import { print, printValue } from "../../render/output.ts";

export const summaryCommand = command<InspectOptions>({
  examples: [["weft bgp summary", "router id, number of sessions, routes and paths of each family"]],
  configure: (c) => void addInspectOptions(c),
  async run({ options }) {
    const s = await new Client(options.runDir).get<BgpSummaryReply>("/v1/bgp/summary");
    if (options.output === "table") {
      print(`AS ${s.asn}, router id ${s.routerId}${s.clusterId === null ? "" : `, reflects as cluster ${s.clusterId}`}`);
      print(`peers: ${s.peers.established} established, ${s.peers.configured} by address, ${s.peers.dynamic} by range`);
      const others = Object.entries(s.peers.states).filter(([state]) => state !== "established");
      if (others.length > 0) print(`  not established: ${others.map(([state, n]) => `${n} ${state}`).join(", ")}`);
      for (const f of s.families) print(`${f.family}: ${f.routes} routes, ${f.paths} paths`);
      print(`tables: ${s.attributeSets} attribute sets, ${(s.memory / 1e6).toFixed(1)} MB`);
    } else await printValue(s, options.output);
    return exitStatus.ok;
  },
});
