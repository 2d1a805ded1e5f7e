// SPDX-License-Identifier: Apache-2.0

/** What `weft` ends with; from 64 on as in sysexits.h. */
export const exitStatus = {
  ok: 0,
  /** The answer is no: a difference was found, something is not well; or the work failed. */
  failed: 1,
  /** Input that was to be decoded is malformed. */
  malformed: 2,
  usage: 64,
  /** No agent or reflector answers in the run directory, or one is there already. */
  unavailable: 69,
  /** A fault of the program; the daemon wrote a crash report. */
  software: 70,
  permission: 77,
  config: 78,
} as const;

export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];

const byCode: Readonly<Record<string, ExitStatus>> = {
  WEFT_USAGE: exitStatus.usage,
  WEFT_BAD_REQUEST: exitStatus.usage,
  WEFT_NOT_RUNNING: exitStatus.unavailable,
  WEFT_ALREADY_RUNNING: exitStatus.unavailable,
  WEFT_CONFIG_INVALID: exitStatus.config,
  WEFT_NO_PERMISSION: exitStatus.permission,
  WEFT_AGENT_CAPABILITY: exitStatus.permission,
  WEFT_NOT_HEX: exitStatus.malformed,
  WEFT_MALFORMED: exitStatus.malformed,
  WEFT_RECORDING_MALFORMED: exitStatus.malformed,
  WEFT_RECORDING_VERSION: exitStatus.malformed,
  WEFT_INTERNAL: exitStatus.software,
  WEFT_LAB_PERMISSION: exitStatus.permission,
  WEFT_LAB_UNSUPPORTED: exitStatus.unavailable,
};

const permissionErrors = new Set(["EACCES", "EPERM"]);

/** The status that an error with a stable code ends the program with; errors without one are faults of ours. */
export function exitStatusOf(error: unknown): ExitStatus {
  const { code } = error as { readonly code?: unknown };
  if (typeof code !== "string") return exitStatus.software;
  return byCode[code] ?? (wasForbidden(error) ? exitStatus.permission : exitStatus.failed);
}

/** Whether the system's "not permitted" is what lies below it. */
function wasForbidden(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { code, errnoName, cause } = error as { readonly code?: unknown; readonly errnoName?: unknown; readonly cause?: unknown };
  return [code, errnoName].some((name) => typeof name === "string" && permissionErrors.has(name)) || wasForbidden(cause);
}
