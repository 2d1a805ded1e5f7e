// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";

/** Resident memory of a process in MB. */
export function residentMegabytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) / 1024;
}
