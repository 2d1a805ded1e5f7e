// SPDX-License-Identifier: Apache-2.0
import { Client } from "../client.ts";
import { command } from "../command-file.ts";
import { exitStatus } from "../exit-status.ts";
import { addRunDirectory } from "../inspect-options.ts";

export const metricsCommand = command<{ readonly runDir: string }>({
  examples: [["weft metrics | grep weft_bgp", "counters and gauges of BGP in Prometheus' text format"]],
  configure: (c) => void addRunDirectory(c),
  async run({ options }) {
    process.stdout.write(await new Client(options.runDir).getText("/metrics"));
    return exitStatus.ok;
  },
});
