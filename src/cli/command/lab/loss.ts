// SPDX-License-Identifier: Apache-2.0
import { InvalidArgumentError } from "commander";
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { print } from "../../render/output.ts";

function share(text: string): string {
  if (/^\d{1,3}(\.\d{1,2})?$/.test(text) && Number(text) <= 100) return text;
  throw new InvalidArgumentError("Allowed: 0 to 100, with up to two decimals.");
}

export const labLossCommand = command({
  details: "The percentage counts for each direction; 0 ends it.",
  examples: [["weft lab loss demo s1-h1 5", "lose every twentieth frame of a link"]],
  configure(c) {
    c.argument("<lab>", "name of the lab");
    c.argument("<target>", "a link as s1-h1, or a spine, reflector or node for all its links");
    c.argument("<percent>", "frames to lose", share);
  },
  async run({ args }) {
    const [lab, target, percent] = args as [string, string, string];
    const { labLoss } = await import("../../../lab/fault/impair.ts");
    print(`losing ${percent} %: ${(await labLoss(lab, target, Number(percent))).join(", ")}`);
    return exitStatus.ok;
  },
});
