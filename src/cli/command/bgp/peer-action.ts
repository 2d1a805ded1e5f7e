// SPDX-License-Identifier: Apache-2.0
import type { Command } from "commander";
import type { PeerActionReply } from "../../../contract/inspect.ts";
import { Client } from "../../client.ts";
import { type ExitStatus, exitStatus } from "../../exit-status.ts";
import { addInspectOptions, type InspectOptions } from "../../inspect-options.ts";
import { print, printValue } from "../../render/output.ts";

export function addPeerArgument(command: Command): Command {
  addInspectOptions(command);
  return command.argument("<peer>", "address of the peer, or all");
}

/** Does something to one peer or all of them, and says to which. */
export async function actOnPeer(
  action: "refresh" | "shutdown" | "enable",
  done: string,
  peer: string,
  options: InspectOptions,
  message?: string,
): Promise<ExitStatus> {
  const body = message === undefined ? { peer } : { peer, message };
  const reply = await new Client(options.runDir).post<PeerActionReply>(`/v1/bgp/${action}`, body);
  if (options.output !== "table") await printValue(reply, options.output);
  else print(reply.peers.length === 0 ? "no peers" : reply.peers.map((p) => `${p}: ${done}`).join("\n"));
  return exitStatus.ok;
}
