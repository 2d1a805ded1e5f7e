// SPDX-License-Identifier: Apache-2.0
import { type Command, Option } from "commander";
import { addRunDirectory } from "./inspect-options.ts";

/** Options of the commands that are a daemon. */
export interface DaemonCommandOptions {
  readonly config: string;
  readonly runDir: string;
  readonly verbose?: true;
  readonly record?: string;
}

export function addDaemonOptions(command: Command): Command {
  command.addOption(new Option("-c, --config <file>", "configuration file").makeOptionMandatory());
  addRunDirectory(command);
  const record = new Option("--record <file>", "record what comes in, for weft replay; a file that is there becomes FILE.1");
  command.addOption(record.env("WEFT_RECORD"));
  return command.option("-v, --verbose", "log everything, as text for people");
}
