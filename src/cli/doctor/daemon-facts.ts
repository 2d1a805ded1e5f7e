// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { isIp4, parseIp } from "../../base/net/ip.ts";
import type { NeighbourRow, StatusReply } from "../../contract/inspect.ts";
import type { DaemonFacts } from "../../doctor/facts.ts";
import type { Client } from "../client.ts";

/** What a running daemon says of itself, for the doctor. @throws NotRunningError, NoPermissionError, RefusedError */
export async function daemonFacts(client: Client): Promise<DaemonFacts> {
  const status = await client.get<StatusReply>("/v1/status");
  const isAgent = status.component === "agent";
  const rows = isAgent ? await client.get<readonly NeighbourRow[]>("/v1/evpn/neighbours") : [];
  // Those elsewhere are made by us, which the kernel's limits do not count.
  const addresses = rows.flatMap((r) => (r.where === "local" ? (parseIp(r.ip) ?? []) : []));
  const ipv4 = addresses.filter(isIp4).length;
  return {
    component: status.component,
    pid: status.pid,
    peers: status.peers,
    openFiles: openFilesOf(status.pid),
    neighbours: { ipv4, ipv6: addresses.length - ipv4 },
  };
}

/** Undefined when the process cannot be looked at. */
function openFilesOf(pid: number): number | undefined {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, "utf8"))?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
