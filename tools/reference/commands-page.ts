// SPDX-License-Identifier: Apache-2.0
import type { Command, Option } from "commander";
import { commandTree } from "../../src/cli/command-tree.ts";
import { exitStatus } from "../../src/cli/exit-status.ts";
import { aliasPath, makeProgram } from "../../src/cli/program.ts";
import { page, table } from "./markdown.ts";

const statusMeaning: Readonly<Record<keyof typeof exitStatus, string>> = {
  ok: "done; the answer is yes",
  failed: "the answer is no (a difference was found, something is not well), or the work failed",
  malformed: "what was to be decoded is malformed",
  usage: "the command line cannot be understood",
  unavailable: "nothing answers in the run directory, or another process is there already",
  software: "a fault of the program; a daemon leaves `crash-TIME.json` in its run directory",
  permission: "not permitted",
  config: "the configuration file is not valid",
};

export async function commandsPage(): Promise<string> {
  const program = await makeProgram("all", () => undefined);
  const parts = [
    "Errors are printed on standard error as `weft: CODE: message; what to do`. `weft COMMAND --help` prints what is said here.",
    table(
      ["command", "does"],
      commandTree.map((row) => [`[\`weft ${row.path}\`](#${`weft ${row.path}`.replaceAll(" ", "-")})`, row.summary]),
    ),
    "## Exit status",
    table(
      ["status", "meaning"],
      Object.entries(exitStatus).map(([name, status]) => [String(status), statusMeaning[name as keyof typeof exitStatus]]),
    ),
  ];
  for (const row of commandTree) {
    const file = await row.load();
    const command = find(program, row.path);
    parts.push(`## weft ${row.path}`, `${row.summary}.`);
    if (row.alias !== undefined) parts.push(`\`weft ${aliasPath(row.path, row.alias)}\` is the same.`);
    if (file.details !== undefined) parts.push(file.details);
    parts.push(
      `\`\`\`\nweft ${row.path} ${command.usage()}`
        .replace(/ \[command\]$/, "")
        .trimEnd()
        .concat("\n```"),
    );
    const args = command.registeredArguments.map((a) => [`\`${a.name()}\``, sentence(a.description, a.argChoices)]);
    if (args.length > 0) parts.push(table(["argument", "meaning"], args));
    if (command.options.length > 0) parts.push(table(["option", "default", "meaning"], command.options.map(optionRow)));
    const examples = file.examples.map(([line, purpose]) => `${line}\n    # ${purpose}`);
    if (examples.length > 0) parts.push(`\`\`\`sh\n${examples.join("\n")}\n\`\`\``);
  }
  return page("Commands", "the command files in `src/cli/command/`", parts);
}

function find(program: Command, path: string): Command {
  return path.split(" ").reduce((at, word) => at.commands.find((c) => c.name() === word)!, program);
}

function sentence(text: string, choices: readonly string[] | undefined): string {
  return choices === undefined ? text : `${text}: ${choices.join(", ")}`;
}

function optionRow(option: Option): readonly string[] {
  const value = option.defaultValue as string | undefined;
  const fallback = option.mandatory ? "**required**" : value === undefined ? "" : `\`${value}\``;
  const env = option.envVar === undefined ? "" : ` (environment: \`${option.envVar}\`)`;
  return [`\`${option.flags}\``, fallback, `${sentence(option.description, option.argChoices)}${env}`];
}
