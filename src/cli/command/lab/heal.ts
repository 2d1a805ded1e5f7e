// SPDX-License-Identifier: Apache-2.0
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { print } from "../../render/output.ts";

export const labHealCommand = command({
  examples: [["weft lab heal demo all", "undo every cut and loss of the lab"]],
  configure(c) {
    c.argument("<lab>", "name of the lab");
    c.argument("<target>", "a link, a spine, reflector or node, or all");
  },
  async run({ args }) {
    const [lab, target] = args as [string, string];
    const { labHeal } = await import("../../../lab/fault/impair.ts");
    print(`healed: ${(await labHeal(lab, target)).join(", ")}`);
    return exitStatus.ok;
  },
});
