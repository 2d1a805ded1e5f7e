// SPDX-License-Identifier: Apache-2.0
import { SystemCallError } from "../../base/sys/errors.ts";
import { readSysctl, writeSysctl } from "../../base/sys/sysctl.ts";
import type { NamespaceName } from "../desired/object.ts";
import { pathOf } from "./requests.ts";

/** Tests have one in memory. Names as sysctl(8) writes them: `net.ipv4.conf.br101.arp_accept`. */
export interface SysctlFiles {
  /** Undefined when this kernel has no such key. */
  read(ns: NamespaceName, name: string): string | undefined;
  /** @throws SystemCallError */
  write(ns: NamespaceName, name: string, value: string): void;
  /** Of the host namespace: those whose former value is noted. */
  noted?(): readonly string[];
  /** Keeps the value that one had, before it is written. */
  note?(name: string, was: string, is: string): void;
  /** Puts back the value that was noted, unless somebody changed it since. @throws SystemCallError */
  restore?(name: string): void;
}

export const sysctlFiles: SysctlFiles = {
  read: (ns, name) => {
    try {
      return readSysctl(pathOf(ns), name);
    } catch (e) {
      if (e instanceof SystemCallError && e.errnoName === "ENOENT") return undefined;
      throw e;
    }
  },
  write: (ns, name, value) => writeSysctl(pathOf(ns), name, value),
};
