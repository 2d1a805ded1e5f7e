// SPDX-License-Identifier: Apache-2.0
import { Command, type CommanderError } from "commander";
import type { CommandFile } from "./command-file.ts";
import { commandGroups, type CommandRow, commandTree } from "./command-tree.ts";
import { UsageError } from "./errors.ts";
import type { ExitStatus } from "./exit-status.ts";
import { exitStatus } from "./exit-status.ts";

/** Which rows get their arguments and options; the others are only names in the help. */
export type Wanted = CommandRow | "all" | undefined;

/** Called when a command has been understood. */
export type Finish = (status: number) => void;

/** The commander tree over {@link commandTree}. */
export async function makeProgram(wanted: Wanted, finish: Finish): Promise<Command> {
  const program = new Command("weft");
  program
    .description("Network virtualization for Linux hosts: BGP EVPN and VXLAN in one program.")
    .enablePositionalOptions()
    .exitOverride()
    .helpCommand(false)
    .configureHelp({ subcommandTerm: (c) => [c.name(), ...c.aliases()].join("|"), showGlobalOptions: false })
    .configureOutput({ outputError: () => undefined })
    .option("-V, --version", "print the version")
    .addHelpText(
      "after",
      "\nHelp for one command: weft COMMAND --help\nOptions may also stand before the command: weft --run-dir DIR status",
    );
  const made = new Map<string, Command>([["", program]]);
  for (const row of commandTree) {
    const command = commandAt(made, row.path);
    command.description(row.summary);
    if (row.alias !== undefined) command.alias(row.alias);
    if (wanted === "all" || wanted === row) declare(command, row, await row.load(), finish);
  }
  return program;
}

/** The command of these words, with every word before it. */
function commandAt(made: Map<string, Command>, path: string): Command {
  const known = made.get(path);
  if (known) return known;
  const words = path.split(" ");
  const parent = commandAt(made, words.slice(0, -1).join(" "));
  const command = parent.command(words.at(-1)!).helpCommand(false);
  const group = commandGroups[path];
  if (group !== undefined) command.description(group);
  made.set(path, command);
  return command;
}

function declare(command: Command, row: CommandRow, file: CommandFile, finish: Finish): void {
  command.description(file.details === undefined ? `${row.summary}.` : `${row.summary}.\n\n${file.details}`).summary(row.summary);
  file.configure?.(command);
  const examples = file.examples.map(([line, purpose]) => `  ${line}\n      ${purpose}`);
  if (examples.length > 0) command.addHelpText("after", `\nExamples:\n${examples.join("\n")}`);
  command.action(async () => finish(await file.run({ args: command.args, options: command.opts() })));
}

/** The words of a command with its other name: `evpn arp`. */
export function aliasPath(path: string, alias: string): string {
  return [...path.split(" ").slice(0, -1), alias].join(" ");
}

/** Words of the command line up to the first option that belong to a command. */
export function findRow(argv: readonly string[]): CommandRow | undefined {
  const end = argv.findIndex((a) => a.startsWith("-"));
  const words = end < 0 ? argv : argv.slice(0, end);
  for (let n = Math.min(words.length, 3); n > 0; n--) {
    const typed = words.slice(0, n).join(" ");
    const row = commandTree.find((r) => r.path === typed || (r.alias !== undefined && aliasPath(r.path, r.alias) === typed));
    if (row) return row;
  }
  return undefined;
}

const movable = /^(--run-dir|--output|-o)(=.*)?$/;

/**
 * Makes the forms that people also use into the one that commander reads: options before the command go behind it,
 * `help bgp peers` becomes `bgp peers --help`.
 */
export function normaliseArguments(argv: readonly string[]): readonly string[] {
  if (argv[0] === "help") return [...argv.slice(1), "--help"];
  let rest = argv;
  const moved: string[] = [];
  for (let m = movable.exec(rest[0] ?? ""); m; m = movable.exec(rest[0] ?? "")) {
    const length = m[2] === undefined ? 2 : 1;
    moved.push(...rest.slice(0, length));
    rest = rest.slice(length);
  }
  const words = findRow(rest)?.path.split(" ").length ?? 0;
  return words === 0 ? rest : [...rest.slice(0, words), ...moved, ...rest.slice(words)];
}

/** What commander says, in our words. Help and version are no errors: they give their status. */
export function readCommanderError(error: CommanderError, row: CommandRow | undefined): ExitStatus | UsageError {
  if (error.exitCode === 0) return exitStatus.ok;
  if (error.code === "commander.help") return exitStatus.usage;
  const [first, ...more] = error.message.replace(/^error: /, "").split("\n");
  const hint = /Did you mean (.*)\?/.exec(more.join(" "))?.[1];
  const mend = hint === undefined ? `see weft ${row === undefined ? "" : `${row.path} `}--help` : `did you mean ${hint}?`;
  return new UsageError(`${first!.replace(/\.$/, "")}; ${mend}`);
}
