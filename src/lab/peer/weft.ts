// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { stringify } from "yaml";
import { startKept } from "../keeper/keeper-client.ts";
import { type CommandOptions, type CommandResult, tryCommand } from "../system/command.ts";
import { type ManagedProcess, recordedProcesses, startProcess, tail } from "../system/managed-process.ts";
import { type Place, enter } from "../system/place.ts";
import { isRunning } from "../../base/sys/process-identity.ts";
import { type WaitOptions, waitFor } from "../system/wait-for.ts";
import { LabError } from "../errors.ts";
import { inspect } from "./inspect.ts";
import type { ReloadReply, StatusReply } from "../../contract/inspect.ts";

/** The launcher of this very installation: what a user would type. `WEFT_PROGRAM` names another one, such as the published package's. */
export const weftProgram = process.env["WEFT_PROGRAM"] ?? path.resolve(import.meta.dirname, "../../../bin/weft");

export type WeftComponent = "agent" | "reflector";

export interface WeftOptions {
  /** What is to stand in the configuration file, written as YAML. */
  readonly config: object;
  readonly env?: Readonly<Record<string, string>>;
}

/** Run directory of the agent or reflector at a place; `weft.sock` in it is what the CLI asks. */
export function weftRunFolder(place: Place): string {
  return `${place.folder}/run`;
}

/** Writes the configuration file of an agent or reflector. */
export function writeWeftConfig(place: Place, component: WeftComponent, config: object): string {
  mkdirSync(place.folder, { recursive: true });
  const file = `${place.folder}/${component}.yaml`;
  writeFileSync(file, stringify(config));
  return file;
}

/** Starts `weft agent` or `weft reflector` exactly as a user would, with a new configuration file. */
export async function startWeft(place: Place, component: WeftComponent, options: WeftOptions): Promise<ManagedProcess> {
  writeWeftConfig(place, component, options.config);
  return await restartWeft(place, component, options.env);
}

/** Starts it with the configuration file that is there. */
export async function restartWeft(
  place: Place,
  component: WeftComponent,
  env: Readonly<Record<string, string>> = {},
): Promise<ManagedProcess> {
  mkdirSync(weftRunFolder(place), { recursive: true });
  // Everything that a lab or a test starts can be replayed afterwards.
  const record = process.env["WEFT_RECORD_ALL"] === undefined ? {} : { WEFT_RECORD: `${place.folder}/${component}-recording.jsonl` };
  const argv = [weftProgram, component, "--config", `${place.folder}/${component}.yaml`, "--run-dir", weftRunFolder(place)];
  const start = place.keptBy === undefined ? startProcess : startKept;
  return await start(place, component, argv, { ...record, ...env });
}

/** Runs another command of the CLI against that place: `weft(place, ["evpn", "macs", "-o", "json"])`. */
export async function weft(place: Place, argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return await tryCommand(enter(place, [weftProgram, ...argv, "--run-dir", weftRunFolder(place)]), options);
}

/** Waits until the component says that it is ready. @throws LabError WEFT_LAB_PROCESS with its last words when it ended */
export async function weftReady(place: Place, component: WeftComponent, options: WaitOptions = {}): Promise<StatusReply> {
  return await waitFor(
    `${place.namespace}: weft ${component} to be ready`,
    async () => {
      const p = recordedProcesses(place.folder).find((r) => r.name === component);
      if (p === undefined || !isRunning(p.identity)) {
        const said = `its log ends: ${tail(`${place.folder}/${component}.log`)}`;
        // Not yet the end where the lab starts it again.
        if (p?.kept?.staysDown === null) throw new Error(`it ended and is started again; ${said}`);
        throw new LabError("WEFT_LAB_PROCESS", `${place.namespace}: weft ${component} is not running; ${said}`);
      }
      const status = await inspect<StatusReply>(weftRunFolder(place), "/v1/status");
      return status.state === "ready" || status.state === "degraded" ? status : undefined;
    },
    options,
  );
}

/** Has a running component read its configuration file again. @throws LabError with what is wrong in the file */
export async function reloadWeft(place: Place): Promise<ReloadReply> {
  return await inspect<ReloadReply>(weftRunFolder(place), "/v1/reload", "POST");
}
