// SPDX-License-Identifier: Apache-2.0
import { command } from "../../command-file.ts";
import type { InspectOptions } from "../../inspect-options.ts";
import { actOnPeer, addPeerArgument } from "./peer-action.ts";

export const refreshCommand = command<InspectOptions>({
  details: "Sends ROUTE-REFRESH (RFC 2918) for every family of the session; the session stays up.",
  examples: [["weft bgp refresh 10.0.0.4", "ask this peer for its routes again"]],
  configure: (c) => void addPeerArgument(c),
  run: ({ args, options }) => actOnPeer("refresh", "asked for its routes", args[0]!, options),
});
