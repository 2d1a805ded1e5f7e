// SPDX-License-Identifier: Apache-2.0
import { loadAgentConfig } from "../contract/config/load.ts";
import { type DaemonOptions, runDaemon } from "../daemon/run-daemon.ts";
import { NetlinkConnection } from "../netlink/socket/netlink-connection.ts";
import { Agent } from "./agent.ts";

/** `weft agent`: runs until it is told to stop. @throws as {@link runDaemon} */
export async function runAgent(options: DaemonOptions): Promise<void> {
  await runDaemon(
    { component: "agent", load: (file) => loadAgentConfig(file, devicesOfHost()), build: (config, context) => new Agent(config, context) },
    options,
  );
}

/** `ip -br link` */
function devicesOfHost(): readonly string[] {
  const conn = new NetlinkConnection();
  try {
    return conn.dump("link").map((l) => l.name);
  } finally {
    conn.close();
  }
}
