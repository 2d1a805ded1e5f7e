// SPDX-License-Identifier: Apache-2.0
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { print } from "../../render/output.ts";

interface UpOptions {
  readonly wait: boolean;
}

export const labUpCommand = command<UpOptions>({
  details:
    "Makes namespaces, links, an underlay, reflectors, nodes and workloads. Needs root. What was made stays when it fails, to be\n" +
    "looked at; weft lab down removes it. Several labs can be up at once.",
  examples: [
    ["weft lab up lab.yaml", "build the fabric and wait until every node has its sessions and routes"],
    ["weft lab exec demo b1 ping 192.168.1.12", "then use it"],
  ],
  configure(c) {
    c.argument("<file>", "topology, see docs/reference/config-lab.md");
    c.option("--no-wait", "do not wait for BGP sessions and routes");
  },
  async run({ args, options }) {
    const { loadLabTopology } = await import("../../../contract/config/load.ts");
    const topology = loadLabTopology(args[0]!);
    const { labUp } = await import("../../../lab/up.ts");
    const plan = await labUp(topology, { onStage: print });
    if (options.wait) {
      print("sessions");
      const { labReady } = await import("../../../lab/status.ts");
      await labReady(plan);
    }
    print(`lab ${plan.lab} is up; weft lab status ${plan.lab} shows it, weft lab down ${plan.lab} removes it`);
    return exitStatus.ok;
  },
});
