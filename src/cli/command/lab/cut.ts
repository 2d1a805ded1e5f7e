// SPDX-License-Identifier: Apache-2.0
import { Option } from "commander";
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { print } from "../../render/output.ts";

interface CutOptions {
  readonly mode: "silent" | "unplug";
}

export const labCutCommand = command<CutOptions>({
  details:
    "silent: frames vanish and nobody is told; only BFD or a hold timer notices. unplug: the carrier goes, both ends see it at once.\n" +
    "weft lab heal undoes it.",
  examples: [
    ["weft lab cut demo s1-h1", "cut one link"],
    ["weft lab cut demo s1 --mode unplug", "pull all cables of a spine"],
  ],
  configure(c) {
    c.argument("<lab>", "name of the lab");
    c.argument("<target>", "a link as s1-h1, or a spine, reflector or node for all its links");
    c.addOption(new Option("--mode <mode>", "how").choices(["silent", "unplug"]).default("silent"));
  },
  async run({ args, options }) {
    const [lab, target] = args as [string, string];
    const { labCut } = await import("../../../lab/fault/impair.ts");
    print(`cut: ${(await labCut(lab, target, options.mode)).join(", ")}`);
    return exitStatus.ok;
  },
});
