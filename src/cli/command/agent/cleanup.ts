// SPDX-License-Identifier: Apache-2.0
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { addRunDirectory } from "../../inspect-options.ts";
import { print } from "../../render/output.ts";

export const cleanupCommand = command<{ readonly runDir: string }>({
  details:
    "Its namespaces, bridges and VXLAN devices, and its entries in devices of others; those devices stay. Traffic ends.\n" +
    "Refused while an agent runs in the run directory.",
  examples: [["systemctl stop weft-agent && weft agent cleanup", "leave the host as if there had never been an agent"]],
  configure: (c) => void addRunDirectory(c),
  async run({ options }) {
    const { cleanup } = await import("../../../agent/cleanup.ts");
    const removed = await cleanup({ runDirectory: options.runDir });
    print(removed.length === 0 ? "nothing of ours is here" : removed.map((what) => `removed ${what}`).join("\n"));
    return exitStatus.ok;
  },
});
