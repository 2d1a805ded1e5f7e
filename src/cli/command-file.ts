// SPDX-License-Identifier: Apache-2.0
import type { Command } from "commander";

/** What a command gets from the command line. */
export interface Invocation<O> {
  /** The arguments in order; those of a variadic one follow each other. */
  readonly args: readonly string[];
  readonly options: O;
}

/** One command: what it takes, how to use it, what it does. */
export interface CommandFile<O = Record<string, unknown>> {
  /** More than the summary, when there is more to say. */
  readonly details?: string;
  /** Command lines with what each is for. */
  readonly examples: readonly (readonly [line: string, purpose: string])[];
  /** Adds arguments and options. */
  readonly configure?: (command: Command) => void;
  /** @returns the exit status, one of `exit-status.ts` unless it is that of another program */
  readonly run: (invocation: Invocation<O>) => Promise<number>;
}

/** Forgets the type of the options: they are what `configure` declared. */
export function command<O>(file: CommandFile<O>): CommandFile {
  return file as unknown as CommandFile;
}
