// SPDX-License-Identifier: Apache-2.0
import { readFileSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { type ProcessIdentity, identify, isRunning, signal } from "../../base/sys/process-identity.ts";
import { waitFor } from "./wait-for.ts";

/**
 * Processes whose network namespace is one of `paths` (as `ip netns pids`). Membership is what proves that a process is ours
 * even when its starter died before it could write the pid down.
 */
export function processesIn(paths: readonly string[]): readonly ProcessIdentity[] {
  const wanted = new Set<string>();
  const host = statSync("/proc/self/ns/net").ino;
  for (const path of paths) {
    try {
      const { ino } = statSync(path);
      // A plain file left by a reboot is no namespace, and our own is never to be emptied.
      if (ino !== host && isNamespace(path)) wanted.add(`net:[${ino}]`);
    } catch {
      // Gone already.
    }
  }
  const found: ProcessIdentity[] = [];
  for (const entry of wanted.size === 0 ? [] : readdirSync("/proc")) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    try {
      if (!wanted.has(readlinkSync(`/proc/${entry}/ns/net`))) continue;
    } catch {
      continue; // ended, or a kernel thread
    }
    const p = identify(Number(entry));
    if (p) found.push(p);
  }
  return found;
}

function isNamespace(path: string): boolean {
  return readFileSync("/proc/self/mounts", "utf8").includes(` ${path} nsfs `);
}

/** Ends every process in these namespaces: SIGTERM, and SIGKILL for what is left after half a second. */
export async function emptyNamespaces(paths: readonly string[]): Promise<number> {
  let ended = 0;
  for (const [how, within] of [
    ["SIGTERM", 500],
    ["SIGKILL", 5000],
  ] as const) {
    const found = processesIn(paths);
    if (found.length === 0) break;
    if (how === "SIGTERM") ended = found.length;
    for (const p of found) signal(p, how);
    const gone = waitFor("processes to end", () => !found.some((p) => isRunning(p)), { within, every: 10 });
    await (how === "SIGTERM" ? gone.catch(() => undefined) : gone);
  }
  return ended;
}
