// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from "node:timers/promises";
import { LabError } from "../errors.ts";

export interface WaitOptions {
  /** Milliseconds. */
  readonly within?: number;
  readonly every?: number;
}

/**
 * Asks until the answer is neither undefined nor false, and gives it. An error in between counts as "not yet",
 * but for WEFT_LAB_PROCESS: a process that has ended will not answer any more.
 *
 * @throws LabError WEFT_LAB_TIMEOUT naming `what`, with the last error as its cause
 */
export async function waitFor<T>(
  what: string,
  ask: () => T | Promise<T>,
  options: WaitOptions = {},
): Promise<Exclude<T, undefined | false>> {
  const within = options.within ?? 15_000;
  const deadline = performance.now() + within;
  let cause: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
      cause = undefined;
    } catch (error) {
      if (error instanceof LabError && error.code === "WEFT_LAB_PROCESS") throw error;
      cause = error;
    }
    if (performance.now() >= deadline) {
      const why = cause instanceof Error ? ` (${cause.message})` : "";
      throw new LabError("WEFT_LAB_TIMEOUT", `${what}: not within ${within / 1000} s${why}`, { cause });
    }
    await sleep(options.every ?? 50);
  }
}
