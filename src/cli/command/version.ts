// SPDX-License-Identifier: Apache-2.0
import { command } from "../command-file.ts";
import { exitStatus } from "../exit-status.ts";
import { addOutput, type OutputFormat } from "../inspect-options.ts";
import { print, printValue } from "../render/output.ts";
import { packageVersion } from "../version.ts";

export const versionCommand = command<{ readonly output: OutputFormat }>({
  examples: [["weft version -o json", "versions of Weft and of the Node.js that runs it"]],
  configure: (c) => void addOutput(c),
  async run({ options }) {
    const version = packageVersion();
    if (options.output === "table") print(`weft ${version} (Node.js ${process.versions.node})`);
    else await printValue({ weft: version, node: process.versions.node }, options.output);
    return exitStatus.ok;
  },
});
