// SPDX-License-Identifier: Apache-2.0
import { namespaceFolder } from "../../base/sys/namespace.ts";

/**
 * Whether names of network namespaces that we make stay in our own mount namespace, as under `ip netns exec` or in a container
 * with slave mounts: then nobody else sees them, and with our process the namespaces end.
 *
 * @param mountinfo /proc/self/mountinfo — proc_pid_mountinfo(5)
 */
export function hidesNamespaces(mountinfo: string): boolean {
  let longest = "";
  let optional: readonly string[] = [];
  for (const line of mountinfo.split("\n")) {
    const fields = line.split(" ");
    const at = fields[4];
    // Of mounts over one another the last is the one that is seen.
    if (at === undefined || at.length < longest.length || !isAbove(at, namespaceFolder)) continue;
    longest = at;
    optional = fields.slice(6, fields.indexOf("-"));
  }
  return optional.some((o) => o.startsWith("master:"));
}

function isAbove(mount: string, path: string): boolean {
  return mount === "/" || path === mount || path.startsWith(`${mount}/`);
}
