// SPDX-License-Identifier: Apache-2.0
import { command } from "../../command-file.ts";

export const labExecCommand = command({
  details:
    "Without a command: a shell. On a node WEFT_RUN_DIR is set, and vtysh talks to the FRR of that node.\n" +
    "The exit status is that of the command, 128 + n when signal n ended it.",
  examples: [
    ["weft lab exec demo b1 ping -c 3 192.168.1.14", "in a workload"],
    ["weft lab exec demo h1 weft evpn macs", "ask the agent of a node"],
    ["weft lab exec demo f1 vtysh -c 'show evpn mac vni all'", "ask the FRR of a node"],
  ],
  configure(c) {
    c.argument("<lab>", "name of the lab");
    c.argument("<where>", "a node, reflector, spine or workload");
    c.argument("[command...]", "command with its arguments");
    c.passThroughOptions();
  },
  async run({ args }) {
    const [lab, where, ...argv] = args as [string, string, ...string[]];
    const { labExec } = await import("../../../lab/exec.ts");
    // Passed through as well, since options are: `weft lab exec demo b1 -- ping …`.
    return labExec(lab, where, argv[0] === "--" ? argv.slice(1) : argv);
  },
});
