// SPDX-License-Identifier: Apache-2.0
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { print } from "../../render/output.ts";

export const labMoveCommand = command<{ readonly announce: boolean }>({
  details: "Same MAC, same addresses, and its processes go on: a live migration.",
  examples: [["weft lab move demo b1 h3", "take workload b1 to node h3"]],
  configure(c) {
    c.argument("<lab>", "name of the lab");
    c.argument("<workload>", "workload to move");
    c.argument("<node>", "node of kind weft or frr to move it to");
    c.option("--no-announce", "do not send gratuitous ARP and neighbour advertisements at the new place");
  },
  async run({ args, options }) {
    const [lab, workload, node] = args as [string, string, string];
    const { labMove } = await import("../../../lab/move.ts");
    await labMove(lab, workload, node, { announce: options.announce });
    print(`${workload} is at ${node}`);
    return exitStatus.ok;
  },
});
