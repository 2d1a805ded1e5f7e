// SPDX-License-Identifier: Apache-2.0
import type { EventRow } from "../../contract/inspect.ts";
import { Client } from "../client.ts";
import { command } from "../command-file.ts";
import { exitStatus } from "../exit-status.ts";
import { addInspectOptions, type InspectOptions } from "../inspect-options.ts";
import { print } from "../render/output.ts";

interface EventsOptions extends InspectOptions {
  readonly follow?: true;
  readonly event?: string;
}

export const eventsCommand = command<EventsOptions>({
  details: "With -o json one JSON object a line, with -o yaml one document an event.",
  examples: [
    ["weft events --follow", "what happened lately, then what happens, until Ctrl-C"],
    ["weft events --event evpn", "only events whose name begins with evpn"],
  ],
  configure(c) {
    addInspectOptions(c);
    c.option("-f, --follow", "go on with new events as they happen");
    c.option("--event <name>", "only events of this name, or whose name begins with it");
  },
  async run({ options }) {
    for await (const line of new Client(options.runDir).lines("/v1/events", { follow: options.follow })) {
      const row = JSON.parse(line) as EventRow;
      if (options.event !== undefined && row.event !== options.event && !row.event.startsWith(`${options.event}.`)) continue;
      if (options.output === "json") print(line);
      else if (options.output === "yaml") process.stdout.write(`---\n${(await import("yaml")).stringify(row)}`);
      else print(`${row.time}  ${row.event}  ${row.message}`);
    }
    return exitStatus.ok;
  },
});
