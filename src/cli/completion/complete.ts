// SPDX-License-Identifier: Apache-2.0
import { setTimeout } from "node:timers/promises";
import type { Argument, Command, Option } from "commander";
import { commandTree } from "../command-tree.ts";
import { findRow, makeProgram } from "../program.ts";
import { type Candidate, objectNames, type Typed } from "./object-names.ts";

/** What else the shell offers; in the last line of an answer, behind a colon, as cobra has it. */
export const directive = { files: 0, nothing: 4, folders: 16 } as const;

export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly directive: (typeof directive)[keyof typeof directive];
}

interface Walk {
  command: Command;
  path: string[];
  args: string[];
  /** The option whose value comes next. */
  open: Option | undefined;
  runDirectory: string | undefined;
}

/** A daemon that does not answer must not hang the shell, ms. */
const patience = 1_000;

/** What may stand where the last of `words` begins. Never throws: a shell cannot show why nothing is offered. */
export async function complete(words: readonly string[]): Promise<Completion> {
  const current = words.at(-1) ?? "";
  const walk = await walkOver(words.slice(0, -1));
  const typed: Typed = { command: walk.path.join(" "), args: walk.args, runDirectory: walk.runDirectory };
  const { candidates, directive: then } = await offered(walk, current, typed);
  const begun = /^--[^=]+=/.test(current) ? current.slice(current.indexOf("=") + 1) : current;
  return { candidates: candidates.filter(([value]) => value.startsWith(begun)), directive: then };
}

async function offered(walk: Walk, current: string, typed: Typed): Promise<Completion> {
  if (walk.open) return valuesOf(walk.open.long!.slice(2), walk.open.argChoices, typed);
  const assigned = /^(--[^=]+)=/.exec(current);
  if (assigned) {
    const option = optionOf(walk.command, assigned[1]!);
    return option ? valuesOf(option.long!.slice(2), option.argChoices, typed) : nothing;
  }
  if (current.startsWith("-")) return optionsOf(walk.command);
  const below = walk.args.length > 0 ? [] : walk.command.commands;
  const candidates = below.map((c): Candidate => [c.name(), c.summary() || c.description()]);
  const argument = argumentAt(walk);
  if (!argument) return { candidates, directive: directive.nothing };
  const values = await valuesOf(argument.name(), argument.argChoices, typed);
  return { candidates: [...candidates, ...values.candidates], directive: values.directive };
}

const nothing: Completion = { candidates: [], directive: directive.nothing };

async function walkOver(before: readonly string[]): Promise<Walk> {
  const walk: Walk = { command: await statusCommand(), path: [], args: [], open: undefined, runDirectory: undefined };
  let at = 0;
  while (at < before.length && (walk.open || before[at]!.startsWith("-"))) stepOver(walk, before[at++]!);
  if (walk.open) return walk;
  const rest = before.slice(at);
  walk.command = await makeProgram(findRow(rest), () => undefined);
  for (const word of rest) stepOver(walk, word);
  return walk;
}

/** Options may stand before the command: those that a command like `weft status` has. */
async function statusCommand(): Promise<Command> {
  const program = await makeProgram(statusRow, () => undefined);
  return program.commands.find((c) => c.name() === statusRow.path)!;
}

const statusRow = commandTree.find((r) => r.path === "status")!;

function stepOver(walk: Walk, word: string): void {
  if (walk.open) {
    if (walk.open.long === "--run-dir") walk.runDirectory = word;
    walk.open = undefined;
    return;
  }
  const child = walk.args.length === 0 ? walk.command.commands.find((c) => c.name() === word || c.aliases().includes(word)) : undefined;
  if (child) {
    walk.command = child;
    walk.path.push(child.name());
  } else if (word.startsWith("-") && word !== "-") {
    const [name, value] = word.split("=", 2) as [string, string | undefined];
    const option = optionOf(walk.command, name);
    if (value === undefined && option && (option.required || option.optional)) walk.open = option;
    if (value !== undefined && name === "--run-dir") walk.runDirectory = value;
  } else {
    walk.args.push(word);
  }
}

function optionOf(command: Command, name: string): Option | undefined {
  return command.options.find((o) => o.long === name || o.short === name);
}

function optionsOf(command: Command): Completion {
  const candidates = command.options.filter((o) => !o.hidden).map((o): Candidate => [o.long!, o.description]);
  return { candidates: [...candidates, ["--help", "how to use it"]], directive: directive.nothing };
}

function argumentAt({ command, args }: Walk): Argument | undefined {
  const all = command.registeredArguments;
  const last = all.at(-1);
  return all[args.length] ?? (last?.variadic === true ? last : undefined);
}

const files: ReadonlySet<string> = new Set(["file", "config", "command"]);

async function valuesOf(name: string, choices: readonly string[] | undefined, typed: Typed): Promise<Completion> {
  if (choices) return { candidates: choices.map((c) => [c, ""]), directive: directive.nothing };
  if (name === "run-dir") return { candidates: [], directive: directive.folders };
  if (files.has(name)) return { candidates: [], directive: directive.files };
  const source = objectNames[name];
  if (!source) return nothing;
  const late = setTimeout(patience, [] as readonly Candidate[], { ref: false });
  const candidates = await Promise.race([source(typed).catch((): readonly Candidate[] => []), late]);
  // `weft lab graph` takes a topology file as well.
  return { candidates, directive: typed.command === "lab graph" ? directive.files : directive.nothing };
}
