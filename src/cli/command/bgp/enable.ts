// SPDX-License-Identifier: Apache-2.0
import { command } from "../../command-file.ts";
import type { InspectOptions } from "../../inspect-options.ts";
import { actOnPeer, addPeerArgument } from "./peer-action.ts";

export const enableCommand = command<InspectOptions>({
  examples: [["weft bgp enable all", "let every session come up that was shut down"]],
  configure: (c) => void addPeerArgument(c),
  run: ({ args, options }) => actOnPeer("enable", "enabled", args[0]!, options),
});
