// SPDX-License-Identifier: Apache-2.0
import { command } from "../../command-file.ts";
import type { InspectOptions } from "../../inspect-options.ts";
import { actOnPeer, addPeerArgument } from "./peer-action.ts";

interface ShutdownOptions extends InspectOptions {
  readonly message?: string;
}

export const shutdownCommand = command<ShutdownOptions>({
  details: "The session stays down until `weft bgp enable`, or until the daemon starts again.",
  examples: [["weft bgp shutdown 10.0.0.4 --message 'maintenance until 18:00'", "end the session; the peer logs the message (RFC 9003)"]],
  configure: (c) => void addPeerArgument(c).option("--message <text>", "text for the operator of the peer, at most 255 octets"),
  run: ({ args, options }) => actOnPeer("shutdown", "shut down", args[0]!, options, options.message),
});
