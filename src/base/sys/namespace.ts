// SPDX-License-Identifier: Apache-2.0
import { closeSync, mkdirSync, openSync, readdirSync, unlinkSync } from "node:fs";
import { SystemCallError, asSystemCallError, errnoOf } from "./errors.ts";
import { CLONE_NEWNET, O_CLOEXEC, O_RDONLY, check, libc } from "./libc.ts";

/** Where `ip netns` keeps its names. */
export const namespaceFolder = "/run/netns";

export function namespacePath(name: string): string {
  return `${namespaceFolder}/${name}`;
}

/**
 * Runs `body` with the calling thread inside the network namespace `path`, and always comes back.
 * `body` must be synchronous: a promise would run on in the wrong namespace, so one is refused.
 * A socket made inside stays in that namespace for good. Needs CAP_SYS_ADMIN.
 *
 * @throws SystemCallError when the namespace cannot be entered; the process aborts when it cannot be left
 */
export function inNamespace<T>(path: string | undefined, body: () => T): T {
  if (path === undefined) return body();
  const own = check(libc.open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "open own network namespace");
  try {
    const target = check(libc.open(path, O_RDONLY | O_CLOEXEC), `open ${path}`);
    try {
      check(libc.setns(target, CLONE_NEWNET), `setns ${path}`);
    } finally {
      libc.close(target);
    }
    try {
      const result = body();
      if (result instanceof Promise) throw new TypeError("inNamespace: the body must be synchronous");
      return result;
    } finally {
      // Going on in a foreign namespace would program the wrong kernel tables.
      if (libc.setns(own, CLONE_NEWNET) < 0) process.abort();
    }
  } finally {
    libc.close(own);
  }
}

const MS_BIND = 0x1000;
const MS_REC = 0x4000;
const MS_SHARED = 0x100000;
const MNT_DETACH = 2;

/**
 * `ip netns add NAME`: makes a network namespace and gives it a name that iproute2 knows, too. Its loopback is down.
 * Only the calling thread leaves its namespace, for the time of the call.
 *
 * @throws SystemCallError `EEXIST` when the name is taken, `EINVAL` when it cannot be a file name
 */
export function createNamespace(name: string): void {
  const path = checkedPath(name);
  shareNamespaceFolder();
  try {
    closeSync(openSync(path, "wx", 0o444));
  } catch (e) {
    throw asSystemCallError(e, `create ${path}`);
  }
  const own = check(libc.open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "open own network namespace");
  try {
    check(libc.unshare(CLONE_NEWNET), "unshare CLONE_NEWNET");
    try {
      check(libc.mount("/proc/thread-self/ns/net", path, "none", MS_BIND, null), `mount ${path}`);
    } finally {
      if (libc.setns(own, CLONE_NEWNET) < 0) process.abort();
    }
  } catch (e) {
    unlinkSync(path);
    throw e;
  } finally {
    libc.close(own);
  }
}

/**
 * `ip netns del NAME`: takes the name away. The namespace itself goes when nothing is in it any more: no process, no open
 * socket, no other name.
 *
 * @throws SystemCallError `ENOENT` when there is no such name
 */
export function deleteNamespace(name: string): void {
  const path = checkedPath(name);
  // EINVAL: a file that is not mounted upon, left over by somebody who did not finish; ENOENT shows again at unlink.
  libc.umount2(path, MNT_DETACH);
  try {
    unlinkSync(path);
  } catch (e) {
    throw asSystemCallError(e, `unlink ${path}`);
  }
}

/** `ip netns list`, sorted. */
export function listNamespaces(): readonly string[] {
  try {
    return readdirSync(namespaceFolder).toSorted();
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw e;
  }
}

/** Names made here must be seen, and removed, in every mount namespace: the folder is a shared mount, as `ip netns` makes it. */
function shareNamespaceFolder(): void {
  mkdirSync(namespaceFolder, { recursive: true, mode: 0o755 });
  if (libc.mount("", namespaceFolder, "none", MS_SHARED | MS_REC, null) >= 0) return;
  check(libc.mount(namespaceFolder, namespaceFolder, "none", MS_BIND | MS_REC, null), `mount ${namespaceFolder}`);
  check(libc.mount("", namespaceFolder, "none", MS_SHARED | MS_REC, null), `share ${namespaceFolder}`);
}

function checkedPath(name: string): string {
  if (name === "" || name === "." || name === ".." || /[/\0]/.test(name) || Buffer.byteLength(name) > 255)
    throw new SystemCallError(`network namespace ${JSON.stringify(name)}`, errnoOf("EINVAL"));
  return namespacePath(name);
}
