// SPDX-License-Identifier: Apache-2.0
import { command } from "../../command-file.ts";
import { addDaemonOptions, type DaemonCommandOptions } from "../../daemon-options.ts";
import { exitStatus } from "../../exit-status.ts";
import { packageVersion } from "../../version.ts";

export const agentCommand = command<DaemonCommandOptions>({
  details:
    "Stays in the foreground, logs to standard error, prints `ready` when it is. SIGHUP reads the file again; SIGTERM and SIGINT\n" +
    "stop it and leave the kernel as it is, so that traffic goes on. Needs CAP_NET_ADMIN and CAP_SYS_ADMIN.",
  examples: [
    ["weft agent --config /etc/weft/agent.yaml", "run the agent with its run directory in /run/weft"],
    ["weft agent -c agent.yaml --run-dir /tmp/h1 -v", "try one out, with a log for people"],
  ],
  configure: (c) => void addDaemonOptions(c),
  async run({ options }) {
    const { runAgent } = await import("../../../agent/main.ts");
    const { config, runDir, verbose, record } = options;
    await runAgent({ configFile: config, runDirectory: runDir, verbose: verbose ?? false, version: packageVersion(), record });
    return exitStatus.ok;
  },
});
