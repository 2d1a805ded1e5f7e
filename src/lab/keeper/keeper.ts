// SPDX-License-Identifier: Apache-2.0
import { type ManagedProcess, launch, recordProcess, recordedProcesses } from "../system/managed-process.ts";
import type { Place } from "../system/place.ts";
import { type Ending, afterEnding, describeEnding } from "./restart-policy.ts";

/** What to run and keep running. */
export interface KeptProgram {
  readonly place: Place;
  readonly name: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Starts the Weft daemons of a lab and starts them again when they fail, as the service manager does on a host. What it knows stands
 * in the records of the processes: whoever stops one on purpose says so there first.
 */
export class Keeper {
  readonly #say: (line: string) => void;

  /** @param say told of every end and start, for the log */
  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /** @throws LabError WEFT_LAB_PROCESS when it cannot be started at all */
  async start(program: KeptProgram): Promise<ManagedProcess> {
    return await this.#launch(program, 0, 0);
  }

  async #launch(program: KeptProgram, restarts: number, failures: number): Promise<ManagedProcess> {
    const { place, name, argv, env } = program;
    const begun = performance.now();
    const lastEnd = restarts === 0 ? null : (recordOf(program)?.kept?.lastEnd ?? null);
    const { child, process } = await launch(place, name, argv, env, { restarts, lastEnd, staysDown: null });
    this.#say(`${place.folder}: ${name} runs as ${process.identity.pid}`);
    child.once("exit", (status, signal) => {
      this.#ended(program, process, { status, signal, ran: performance.now() - begun }, failures);
    });
    return process;
  }

  #ended(program: KeptProgram, was: ManagedProcess, ending: Ending, failures: number): void {
    const { folder } = program.place;
    if (!isWanted(program, was)) {
      this.#say(`${folder}: ${program.name} was stopped on purpose`);
      return;
    }
    const verdict = afterEnding(ending, failures);
    const kept = { restarts: was.kept?.restarts ?? 0, lastEnd: describeEnding(ending) };
    if (verdict.kind === "stays-down") {
      this.#say(`${folder}: ${program.name} stays down: ${verdict.why}`);
      recordProcess(folder, { ...was, kept: { ...kept, staysDown: verdict.why } });
      return;
    }
    this.#say(`${folder}: ${program.name} ended, ${kept.lastEnd}; it is started again in ${verdict.pause / 1000} s`);
    recordProcess(folder, { ...was, kept: { ...kept, staysDown: null } });
    setTimeout(() => void this.#again(program, was, kept.restarts + 1, verdict.failures), verdict.pause);
  }

  async #again(program: KeptProgram, was: ManagedProcess, restarts: number, failures: number): Promise<void> {
    if (!isWanted(program, was)) return;
    try {
      await this.#launch(program, restarts, failures);
    } catch (error) {
      this.#say(`${program.place.folder}: ${program.name}: ${String(error)}`);
      this.#ended(program, was, { status: 1, signal: null, ran: 0 }, failures);
    }
  }
}

function recordOf({ place, name }: KeptProgram): ManagedProcess | undefined {
  return recordedProcesses(place.folder).find((p) => p.name === name);
}

/** Whether its record still is that of this very process, and nobody asked for its end. */
function isWanted(program: KeptProgram, was: ManagedProcess): boolean {
  const record = recordOf(program);
  return record !== undefined && record.stopping !== true && record.identity.pid === was.identity.pid;
}
