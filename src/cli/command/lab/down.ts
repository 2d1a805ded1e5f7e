// SPDX-License-Identifier: Apache-2.0
import { command } from "../../command-file.ts";
import { UsageError } from "../../errors.ts";
import { exitStatus } from "../../exit-status.ts";
import { print } from "../../render/output.ts";

interface DownOptions {
  readonly all?: true;
}

export const labDownCommand = command<DownOptions>({
  details: "Ends every process of the lab and removes all it made, also after a crash.",
  examples: [
    ["weft lab down demo", "remove one lab"],
    ["weft lab down --all", "remove every lab of this machine"],
  ],
  configure(c) {
    c.argument("[lab]", "name of the lab");
    c.option("--all", "every lab");
  },
  async run({ args, options }) {
    const [lab] = args;
    if ((lab === undefined) !== (options.all === true)) throw new UsageError("name one lab, or give --all; weft lab list names them");
    const { labDown, labDownAll } = await import("../../../lab/down.ts");
    if (lab === undefined) {
      const names = await labDownAll();
      print(names.length === 0 ? "no labs" : names.map((n) => `lab ${n} is gone`).join("\n"));
    } else {
      const { processes, namespaces } = await labDown(lab);
      print(`lab ${lab} is gone: ${processes} processes ended, ${namespaces} namespaces removed`);
    }
    return exitStatus.ok;
  },
});
