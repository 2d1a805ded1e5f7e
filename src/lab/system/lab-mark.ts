// SPDX-License-Identifier: Apache-2.0
import { AsyncLocalStorage } from "node:async_hooks";
import { readFileSync, readdirSync } from "node:fs";
import { type ProcessIdentity, identify } from "../../base/sys/process-identity.ts";

/**
 * Every process that is started for a lab carries the lab's name in its environment, and so do its children. That finds what
 * no other trace leads to: a command that was still at work when its builder was killed.
 */
const variable = "WEFT_STARTED_FOR_LAB";
const current = new AsyncLocalStorage<string>();

/** Everything that `body` starts belongs to the lab. */
export async function forLab<T>(lab: string, body: () => Promise<T>): Promise<T> {
  return await current.run(lab, body);
}

/** Our environment, with the mark of the lab that we work for. */
export function markedEnvironment(): NodeJS.ProcessEnv {
  const lab = current.getStore();
  return lab === undefined ? process.env : { ...process.env, [variable]: lab };
}

/** Running processes that carry the mark of a lab. */
export function processesOfLab(lab: string): readonly ProcessIdentity[] {
  const mark = `${variable}=${lab}`;
  const found: ProcessIdentity[] = [];
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    try {
      if (!readFileSync(`/proc/${entry}/environ`, "utf8").split("\0").includes(mark)) continue;
    } catch {
      continue; // ended
    }
    const p = identify(Number(entry));
    if (p) found.push(p);
  }
  return found;
}
