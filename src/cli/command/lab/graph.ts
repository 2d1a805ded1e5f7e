// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { Option } from "commander";
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";

interface GraphOptions {
  readonly format: "mermaid" | "svg";
}

export const labGraphCommand = command<GraphOptions>({
  examples: [
    ["weft lab graph demo", "a running lab as Mermaid text, workloads where they are now"],
    ["weft lab graph lab.yaml --format svg > lab.svg", "a topology that need not be up, as a picture"],
  ],
  configure(c) {
    c.argument("<lab>", "name of a lab that is up, or a topology file");
    c.addOption(new Option("--format <format>", "language of the drawing").choices(["mermaid", "svg"]).default("mermaid"));
  },
  async run({ args, options }) {
    const [lab] = args as [string];
    const { labGraph } = await import("../../../lab/graph/graph.ts");
    const { loadLabTopology } = await import("../../../contract/config/load.ts");
    const isFile = /\.ya?ml$|\//.test(lab) && existsSync(lab);
    process.stdout.write(labGraph(isFile ? loadLabTopology(lab) : lab, options.format));
    return exitStatus.ok;
  },
});
