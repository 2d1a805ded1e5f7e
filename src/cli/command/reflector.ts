// SPDX-License-Identifier: Apache-2.0
import { command } from "../command-file.ts";
import { addDaemonOptions, type DaemonCommandOptions } from "../daemon-options.ts";
import { exitStatus } from "../exit-status.ts";
import { packageVersion } from "../version.ts";

export const reflectorCommand = command<DaemonCommandOptions>({
  details:
    "Stays in the foreground, logs to standard error, prints `ready` when it is. SIGHUP reads the file again, SIGTERM and SIGINT stop it.\n" +
    "Needs no root when its port allows: a port from 1024 on, or CAP_NET_BIND_SERVICE.",
  examples: [
    ["weft reflector --config /etc/weft/reflector.yaml --run-dir /run/weft-rr", "run a reflector beside an agent of the same machine"],
  ],
  configure: (c) => void addDaemonOptions(c),
  async run({ options }) {
    const { runReflector } = await import("../../reflector/main.ts");
    const { config, runDir, verbose, record } = options;
    await runReflector({ configFile: config, runDirectory: runDir, verbose: verbose ?? false, version: packageVersion(), record });
    return exitStatus.ok;
  },
});
