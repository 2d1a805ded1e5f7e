// SPDX-License-Identifier: Apache-2.0
import { CommanderError } from "commander";
import { type ExitStatus, exitStatus, exitStatusOf } from "./exit-status.ts";
import { findRow, makeProgram, normaliseArguments, readCommanderError } from "./program.ts";
import { packageVersion } from "./version.ts";

/** Runs one command line (without the program's name). Never throws: what goes wrong is said on standard error, and is in the status. */
export async function runCommandLine(given: readonly string[]): Promise<number> {
  const argv = normaliseArguments(given);
  if (argv.length === 1 && (argv[0] === "-V" || argv[0] === "--version")) {
    process.stdout.write(`${packageVersion()}\n`);
    return exitStatus.ok;
  }
  const row = findRow(argv);
  let status: number = exitStatus.ok;
  try {
    if (given[0] === "complete") {
      const { complete } = await import("./completion/complete.ts");
      const { candidates, directive } = await complete(given.slice(given[1] === "--" ? 2 : 1));
      // A tab or a line break within would be read as the end of it.
      const lines = candidates.map(([value, description]) => `${value}\t${description.replaceAll(/\s+/g, " ")}`);
      process.stdout.write([...lines, `:${directive}`, ""].join("\n"));
      return exitStatus.ok;
    }
    const program = await makeProgram(row, (s) => void (status = s));
    await program.parseAsync(argv, { from: "user" });
    return status;
  } catch (thrown) {
    const error = thrown instanceof CommanderError ? readCommanderError(thrown, row) : thrown;
    return typeof error === "number" ? error : report(error);
  }
}

/** `weft: CODE: message`; a fault of ours comes with its stack. */
function report(error: unknown): ExitStatus {
  const status = exitStatusOf(error);
  const { code, message, stack } = error as { readonly code?: unknown; readonly message?: string; readonly stack?: string };
  if (code === "WEFT_CONFIG_INVALID") process.stderr.write(`${message}\n`);
  else if (typeof code === "string") process.stderr.write(`weft: ${code}: ${message}\n`);
  else process.stderr.write(`weft: WEFT_INTERNAL: ${stack ?? String(error)}\n`);
  return status;
}
