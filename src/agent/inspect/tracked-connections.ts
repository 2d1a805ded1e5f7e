// SPDX-License-Identifier: Apache-2.0
import type { NamespaceName } from "../desired/object.ts";
import { sysctlFiles } from "../kernel/sysctl-files.ts";

/** Connections that the kernel tracks in a namespace. */
export function connectionsIn(ns: NamespaceName): number {
  try {
    return Number(sysctlFiles.read(ns, "net.netfilter.nf_conntrack_count") ?? 0);
  } catch {
    return 0;
  }
}
