// SPDX-License-Identifier: Apache-2.0
/** When a daemon that ended is started again: what the units in `deploy/` say, with growing pauses and an end. */

/** How a process ended: by a status or by a signal. */
export interface Ending {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** How long it had run, ms. */
  readonly ran: number;
}

export type Verdict =
  | { readonly kind: "again"; /** ms */ readonly pause: number; readonly failures: number }
  | { readonly kind: "stays-down"; readonly why: string };

/** RestartSec=1, RestartMaxDelaySec=16; one that ran this long has recovered, ms. */
const [firstPause, longestPause, recovered] = [1_000, 16_000, 60_000];
/** StartLimitBurst: failures in a row, with pauses of two minutes between them in all. */
const startLimit = 10;
/** RestartPreventExitStatus=77 78: a capability is missing; the configuration is bad. */
const mendsNothing: readonly number[] = [77, 78];
/** Restart=on-failure takes these for the wish of somebody — systemd.service(5). */
const wished: readonly string[] = ["SIGHUP", "SIGINT", "SIGTERM", "SIGPIPE"];

/** @param failures in a row before this one */
export function afterEnding(ending: Ending, failures: number): Verdict {
  if (ending.status === 0 || (ending.signal !== null && wished.includes(ending.signal)))
    return { kind: "stays-down", why: `${describeEnding(ending)}: somebody stopped it` };
  if (ending.status !== null && mendsNothing.includes(ending.status))
    return { kind: "stays-down", why: `${describeEnding(ending)}: starting it again would mend nothing` };
  const inARow = ending.ran >= recovered ? 1 : failures + 1;
  if (inARow > startLimit) return { kind: "stays-down", why: `${describeEnding(ending)}, ${inARow} times in a row` };
  return { kind: "again", pause: Math.min(firstPause * 2 ** (inARow - 1), longestPause), failures: inARow };
}

/** `SIGKILL` or `status 70`. */
export function describeEnding({ status, signal }: Ending): string {
  return signal ?? `status ${status ?? "unknown"}`;
}
