// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from "node:fs";
import { weftProgram, weftRunFolder } from "../../src/lab/peer/weft.ts";
import { type CommandResult, tryCommand } from "../../src/lab/system/command.ts";
import { type Place, enter } from "../../src/lab/system/place.ts";

/** What a reader would have to change for another host: pairs of text to find and text to write. */
export type Edits = readonly (readonly [string, string])[];

export function edited(text: string, edits: Edits): string {
  return edits.reduce((t, [from, to]) => t.replaceAll(from, to), text);
}

/**
 * Types a block of a page at a host, line by line until one fails: `weft` is this checkout's, its run directory and
 * `/etc/weft` those of the host.
 */
export async function typed(place: Place, script: string): Promise<CommandResult> {
  const bin = `${place.folder}/bin`;
  mkdirSync(bin, { recursive: true });
  writeFileSync(`${bin}/weft`, `#!/bin/sh\nexec ${weftProgram} "$@"\n`, { mode: 0o755 });
  const text = script.replaceAll("/etc/weft/", `${place.folder}/`);
  const environment = [`PATH=${bin}:${process.env["PATH"] ?? ""}`, `WEFT_RUN_DIR=${weftRunFolder(place)}`];
  return await tryCommand(enter(place, ["env", ...environment, "sh", "-e", "-c", text]));
}

/** The same for a block that has to succeed; gives what it printed. */
export async function done(place: Place, script: string): Promise<string> {
  const { status, stdout, stderr } = await typed(place, script);
  if (status !== 0) throw new Error(`${place.namespace}: ${script}\nstatus ${status}: ${stderr}${stdout}`);
  return stdout;
}
