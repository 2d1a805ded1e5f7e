// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { LabError } from "./errors.ts";
import { findPlace } from "./find.ts";
import { weftProgram, weftRunFolder } from "./peer/weft.ts";
import { knownLab } from "./state/lab-record.ts";
import { requireRoot } from "./support.ts";
import { enter } from "./system/place.ts";

/**
 * Runs a command, a shell when none is given, in a node or workload, on our terminal. On a node `WEFT_RUN_DIR` is set, and
 * a plain `vtysh` talks to the FRR of that node; `weft` is this very installation. Gives its exit status, 128 + n after a signal.
 *
 * @throws LabError WEFT_LAB_UNKNOWN | WEFT_LAB_COMMAND
 */
export async function labExec(lab: string, name: string, argv: readonly string[] = []): Promise<number> {
  requireRoot();
  const place = findPlace(knownLab(lab).plan, name);
  const wanted = argv.length > 0 ? argv : [process.env["SHELL"] ?? "/bin/sh"];
  const program = wanted[0] === "vtysh" ? ["vtysh", "-N", place.namespace, ...wanted.slice(1)] : wanted;
  const line = enter(place, program);
  const path = `${dirname(weftProgram)}:${process.env["PATH"] ?? ""}`;
  const env = { ...process.env, PATH: path, ...(place.folder === "" ? {} : { WEFT_RUN_DIR: weftRunFolder(place) }) };
  return await new Promise((resolve, reject) => {
    const child = spawn(line[0]!, line.slice(1), { stdio: "inherit", env });
    // The terminal sends Ctrl-C to the command too; it is the one to end.
    const ignore = (): void => undefined;
    process.on("SIGINT", ignore);
    child.on("error", (cause) => reject(new LabError("WEFT_LAB_COMMAND", `${line[0]}: ${cause.message}`, { cause })));
    child.on("close", (code, signal) => {
      process.off("SIGINT", ignore);
      resolve(code ?? 128 + (signal === "SIGINT" ? 2 : signal === "SIGTERM" ? 15 : 9));
    });
  });
}
