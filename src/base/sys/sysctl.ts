// SPDX-License-Identifier: Apache-2.0
import { readFileSync, writeFileSync } from "node:fs";
import { SystemCallError, asSystemCallError, errnoOf } from "./errors.ts";
import { inNamespace } from "./namespace.ts";

/**
 * Dots part the components; a dot within an interface name is written as a slash, as sysctl(8) has it:
 * `net.ipv4.conf.eth0/100.forwarding`.
 */
function sysctlPath(name: string): string {
  // The kernel takes nearly every character in the name of an interface; what would lead out of /proc/sys no interface is called.
  if (!/^[^\s.]+(\.[^\s.]+)*$/.test(name) || /(^|\.)\/{1,2}(\.|$)/.test(name))
    throw new SystemCallError(`sysctl ${name}`, errnoOf("EINVAL"));
  return `/proc/sys/${name.replace(/[./]/g, (c) => (c === "." ? "/" : "."))}`;
}

/**
 * `sysctl -w NAME=VALUE` within a network namespace (undefined: the own). Files under /proc/sys/net belong to the namespace
 * of the thread that opens them, so it is entered for the time of the call.
 *
 * @throws SystemCallError `ENOENT` when the kernel has no such key (bridge-nf-call-* before its module is loaded), `EINVAL` for a value it refuses
 */
export function writeSysctl(namespace: string | undefined, name: string, value: string | number): void {
  const path = sysctlPath(name);
  inNamespace(namespace, () => {
    try {
      writeFileSync(path, `${value}\n`);
    } catch (e) {
      throw asSystemCallError(e, `write ${path}`);
    }
  });
}

/** `sysctl -n NAME` within a network namespace. @throws SystemCallError `ENOENT` when the kernel has no such key */
export function readSysctl(namespace: string | undefined, name: string): string {
  const path = sysctlPath(name);
  return inNamespace(namespace, () => {
    try {
      return readFileSync(path, "utf8").trimEnd();
    } catch (e) {
      throw asSystemCallError(e, `read ${path}`);
    }
  });
}
