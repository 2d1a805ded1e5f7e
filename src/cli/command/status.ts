// SPDX-License-Identifier: Apache-2.0
import { styleText } from "node:util";
import type { StatusReply } from "../../contract/inspect.ts";
import { Client } from "../client.ts";
import { command } from "../command-file.ts";
import { exitStatus } from "../exit-status.ts";
import { addInspectOptions, type InspectOptions } from "../inspect-options.ts";
import { formatDuration } from "../render/duration.ts";
import { print, printValue, wantsColour } from "../render/output.ts";
import type { Colour } from "../render/table.ts";

const stateColour: Readonly<Record<StatusReply["state"], Colour>> = {
  starting: "yellow",
  ready: "green",
  degraded: "yellow",
  stopping: "yellow",
};

export const statusCommand = command<InspectOptions>({
  examples: [
    ["weft status", "state, sessions, routes, and problems with the most important first"],
    ["weft status --run-dir /run/weft-rr -o json", "the same of another daemon, for a program"],
  ],
  configure: (c) => void addInspectOptions(c),
  async run({ options }) {
    const status = await new Client(options.runDir).get<StatusReply>("/v1/status");
    if (options.output === "table") print(statusLines(status, wantsColour()).join("\n"));
    else await printValue(status, options.output);
    return exitStatus.ok;
  },
});

function statusLines(s: StatusReply, colours: boolean): readonly string[] {
  const paint = (colour: Colour, text: string): string => (colours ? styleText(colour, text, { validateStream: false }) : text);
  const lines = [
    `${s.component} ${s.host}  ${paint(stateColour[s.state], s.state)}`,
    `  version   ${s.version}, pid ${s.pid}, up ${formatDuration(s.uptime)}`,
    `  BGP       AS ${s.asn}, router id ${s.routerId}, ${s.peers.established} peers established, ${s.peers.configured} by address, ${s.routes} routes`,
  ];
  if (s.networks)
    lines.push(`  networks  ${s.networks.total}${s.networks.failing === 0 ? "" : paint("red", `, ${s.networks.failing} failing`)}`);
  if (s.dhcp) {
    const { domains, serving, leases } = s.dhcp;
    lines.push(`  DHCP      ${serving} of ${domains} domains served, ${leases} leases`);
  }
  if (s.kernel) {
    const { objects, pending, failing, lastAudit } = s.kernel;
    const trouble = `${pending === 0 ? "" : `, ${pending} pending`}${failing === 0 ? "" : paint("red", `, ${failing} failing`)}`;
    lines.push(`  kernel    ${objects} objects${trouble}, last audit ${lastAudit ?? "not yet"}`);
  }
  if (s.problems.length === 0) lines.push("  problems  none");
  else lines.push("  problems", ...s.problems.map((p) => `    ${paint("red", p.code)} ${p.object}: ${p.message} (since ${p.since})`));
  return lines;
}
