// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";

/** A pid alone may by now belong to somebody else; with the start time and the boot it is one process for good. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot: field 22 of `/proc/PID/stat`. */
  readonly startTime: number;
  readonly bootId: string;
}

export function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

/** Identity of a running process; undefined when there is none, or only a zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The name (field 2) may hold blanks and parentheses: count from its last one.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "Z" || fields[0] === "X") return undefined;
  return { pid, startTime: Number(fields[19]), bootId: bootId() };
}

/** True while the very process runs that was identified. */
export function isRunning(p: ProcessIdentity): boolean {
  const now = identify(p.pid);
  return now !== undefined && now.startTime === p.startTime && now.bootId === p.bootId;
}

/** Sends a signal if it is still the same process. Gives false when it is gone. */
export function signal(p: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isRunning(p)) return false;
  try {
    process.kill(p.pid, name);
    return true;
  } catch {
    return false;
  }
}
