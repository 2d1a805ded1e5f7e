// SPDX-License-Identifier: Apache-2.0
import { Option } from "commander";
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { print } from "../../render/output.ts";

interface CheckOptions {
  readonly kind?: ConfigKind;
  readonly print?: true;
}

type ConfigKind = "agent" | "reflector" | "lab";

export const checkCommand = command<CheckOptions>({
  details: "Says every fault at once, each with file, line, column and key. What the file is for is seen from its keys, or said by --kind.",
  examples: [
    ["weft config check /etc/weft/agent.yaml", "exit status 0, or 78 and the faults"],
    ["weft config check --print agent.yaml", "the same file with all defaults, as the agent understands it"],
  ],
  configure(c) {
    c.argument("<file>", "YAML file");
    c.addOption(new Option("--kind <kind>", "what the file is for").choices(["agent", "reflector", "lab"]));
    c.option("--print", "print the configuration with defaults filled in");
  },
  async run({ args, options }) {
    const [file] = args as [string];
    const { guessConfigKind } = await import("../../../contract/config/guess-kind.ts");
    const load = await import("../../../contract/config/load.ts");
    const text = load.readText(file);
    const kind = options.kind ?? guessConfigKind(text);
    const parse = { agent: load.parseAgentConfig, reflector: load.parseReflectorConfig, lab: load.parseLabTopology }[kind];
    const value = parse(text, file);
    if (options.print) {
      const { printConfig } = await import("../../../contract/config/print-config.ts");
      process.stdout.write(printConfig(value));
    } else print(`${file}: a valid ${kind} file`);
    return exitStatus.ok;
  },
});
