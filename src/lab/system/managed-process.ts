// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { LabError } from "../errors.ts";
import { markedEnvironment } from "./lab-mark.ts";
import { type Place, enter } from "./place.ts";
import { type ProcessIdentity, identify, isRunning, signal } from "../../base/sys/process-identity.ts";
import { waitFor } from "./wait-for.ts";

/** A process started at a place, as its record in the place's folder says (`NAME.process.json`). */
export interface ManagedProcess {
  readonly name: string;
  readonly argv: readonly string[];
  readonly log: string;
  readonly identity: ProcessIdentity;
  /** Of one that the lab's keeper starts again when it fails. */
  readonly kept?: KeptState;
  /** It is being stopped on purpose. */
  readonly stopping?: true;
}

export interface KeptState {
  readonly restarts: number;
  /** How it ended last: `SIGKILL`, `status 70`; null: not yet. */
  readonly lastEnd: string | null;
  /** Why it is not started again; null: it runs, or will after a pause. */
  readonly staysDown: string | null;
}

const suffix = ".process.json";

/** Starts a program in a session of its own; output goes to `NAME.log`. It outlives us. */
export async function startProcess(
  place: Place,
  name: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ManagedProcess> {
  const { child, process } = await launch(place, name, argv, env);
  child.unref();
  return process;
}

/** As {@link startProcess}, outside of every namespace of the lab. */
export async function startOutside(folder: string, name: string, argv: readonly string[]): Promise<ManagedProcess> {
  const { child, process } = await spawnRecorded(folder, { name, argv, line: argv, env: {} });
  child.unref();
  return process;
}

interface Spawned {
  readonly child: ChildProcess;
  readonly process: ManagedProcess;
}

/** As {@link startProcess}, for who wants to hear of its end. */
export async function launch(
  place: Place,
  name: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
  kept?: KeptState,
): Promise<Spawned> {
  return await spawnRecorded(place.folder, { name, argv, line: enter(place, argv), env, ...(kept && { kept }) });
}

interface SpawnOptions {
  readonly name: string;
  readonly argv: readonly string[];
  /** What is run so that `argv` is. */
  readonly line: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly kept?: KeptState;
}

async function spawnRecorded(folder: string, { name, argv, line, env, kept }: SpawnOptions): Promise<Spawned> {
  mkdirSync(folder, { recursive: true });
  const log = `${folder}/${name}.log`;
  const fd = openSync(log, "a");
  const child = spawn(line[0]!, line.slice(1), { detached: true, stdio: ["ignore", fd, fd], env: { ...markedEnvironment(), ...env } });
  closeSync(fd);
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (cause) => reject(new LabError("WEFT_LAB_PROCESS", `${name}: ${cause.message}`, { cause })));
  });
  const identity = identify(child.pid!);
  if (identity === undefined) throw new LabError("WEFT_LAB_PROCESS", `${name} ended at once; it said: ${tail(log)}`);
  const process = recordProcess(folder, { name, argv, log, identity, ...(kept && { kept }) });
  return { child, process };
}

/** Keeps the record of a process that made itself a daemon, read from its pid file. */
export async function adoptDaemon(
  place: Place,
  name: string,
  argv: readonly string[],
  log: string,
  pidFile: string,
): Promise<ManagedProcess> {
  const identity = await waitFor(`${name}: its pid file ${pidFile}`, () => identify(Number(readFileSync(pidFile, "utf8"))), {
    within: 5000,
    every: 20,
  });
  return recordProcess(place.folder, { name, argv, log, identity });
}

/** Writes or replaces the record of a process. */
export function recordProcess(folder: string, p: ManagedProcess): ManagedProcess {
  const file = `${folder}/${p.name}${suffix}`;
  writeFileSync(`${file}.new`, `${JSON.stringify(p)}\n`);
  renameSync(`${file}.new`, file);
  return p;
}

/** All processes ever started in a folder and not stopped; some may have died since. */
export function recordedProcesses(folder: string): readonly ManagedProcess[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((f) => f.endsWith(suffix))
    .toSorted()
    .flatMap((f) => readRecord(`${folder}/${f}`) ?? []);
}

/** Undefined when whoever stopped the process has just removed it. */
function readRecord(file: string): ManagedProcess | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as ManagedProcess;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Ends a process (SIGTERM unless told), waits until it is gone, after 5 s with SIGKILL, and drops its record. */
export async function stopProcess(place: Place, name: string, how: NodeJS.Signals = "SIGTERM"): Promise<void> {
  const p = recordedProcesses(place.folder).find((r) => r.name === name);
  if (p === undefined) return;
  // Before the signal: the keeper asks the record whether somebody wanted this end.
  recordProcess(place.folder, { ...p, stopping: true });
  if (signal(p.identity, how)) {
    await waitFor(`${name}: to end`, () => !isRunning(p.identity), { within: 5000, every: 10 }).catch(async () => {
      signal(p.identity, "SIGKILL");
      await waitFor(`${name}: to end after SIGKILL`, () => !isRunning(p.identity), { within: 5000, every: 10 });
    });
  }
  rmSync(`${place.folder}/${name}${suffix}`, { force: true });
}

/** The last lines of a log, for messages. */
export function tail(log: string, characters = 800): string {
  if (!existsSync(log)) return "nothing";
  const text = readFileSync(log, "utf8").trim();
  return text === "" ? "nothing" : text.slice(-characters);
}
