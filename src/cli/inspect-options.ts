// SPDX-License-Identifier: Apache-2.0
import { type Command, Option } from "commander";

export type OutputFormat = "table" | "json" | "yaml";

/** Options of every command that asks a running daemon. */
export interface InspectOptions {
  readonly runDir: string;
  readonly output: OutputFormat;
}

export const defaultRunDirectory = "/run/weft";

export function addRunDirectory(command: Command): Command {
  const option = new Option("--run-dir <dir>", "run directory of the daemon").env("WEFT_RUN_DIR").default(defaultRunDirectory);
  return command.addOption(option);
}

export function addOutput(command: Command): Command {
  return command.addOption(new Option("-o, --output <format>", "how to print").choices(["table", "json", "yaml"]).default("table"));
}

export function addInspectOptions(command: Command): Command {
  return addOutput(addRunDirectory(command));
}

/** As {@link InspectOptions}, for tables that have more columns than fit a terminal. */
export interface WideOptions {
  readonly runDir: string;
  readonly output: OutputFormat | "wide";
}

export function addWideOptions(command: Command): Command {
  const output = new Option("-o, --output <format>", "how to print; wide: the table with all its columns");
  return addRunDirectory(command).addOption(output.choices(["table", "wide", "json", "yaml"]).default("table"));
}
