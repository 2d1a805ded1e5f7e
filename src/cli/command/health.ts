// SPDX-License-Identifier: Apache-2.0
import { Option } from "commander";
import { Client } from "../client.ts";
import { command } from "../command-file.ts";
import { exitStatus } from "../exit-status.ts";
import { addInspectOptions, type InspectOptions } from "../inspect-options.ts";
import { print, printValue } from "../render/output.ts";

interface HealthOptions extends InspectOptions {
  readonly probe?: "live" | "ready";
}

export const healthCommand = command<HealthOptions>({
  details: "Exit status 0 when well, 1 when not, 69 when nothing answers.",
  examples: [
    ["weft health", "well: the daemon is ready and lists no problem"],
    ["weft health --probe ready", "well: the daemon does its work, whatever its surroundings do"],
  ],
  configure(c) {
    addInspectOptions(c);
    c.addOption(new Option("--probe <probe>", "ask less: the process answers, or has finished starting").choices(["live", "ready"]));
  },
  async run({ options }) {
    const at = options.probe === undefined ? "/health" : `/health/${options.probe}`;
    const body = await new Client(options.runDir).health(at);
    if (options.output === "table") print([body.status, ...body.reasons.map((r) => `  ${r}`)].join("\n"));
    else await printValue(body, options.output);
    return body.status === "ok" ? exitStatus.ok : exitStatus.failed;
  },
});
