// SPDX-License-Identifier: Apache-2.0
import { inNamespace } from "../base/sys/namespace.ts";
import { SystemCallError } from "../base/sys/errors.ts";
import { readSysctl } from "../base/sys/sysctl.ts";
import type { HostFacts, Thresholds } from "./facts.ts";

/** Of the whole machine; the kernel shows and takes them in its first namespace only. */
const machineWide = /^net\.(ipv[46]\.neigh\.default\.gc_thresh[123]|netfilter\.nf_conntrack_max)$/;
const firstNamespace = "/proc/1/ns/net";

/** Path of the namespace that a sysctl of the host has to be asked and set in. */
export function machineNamespace(name: string): string | undefined {
  return machineWide.test(name) && mayEnter() ? firstNamespace : undefined;
}

function mayEnter(): boolean {
  try {
    inNamespace(firstNamespace, () => undefined);
    return true;
  } catch {
    return false;
  }
}

/** A number of the machine; undefined when the kernel has none such, or it cannot be seen from here. */
function limit(name: string): number | undefined {
  try {
    return Number(readSysctl(machineNamespace(name), name));
  } catch (e) {
    if (e instanceof SystemCallError) return undefined;
    throw e;
  }
}

export function readLimits(): Pick<HostFacts, "neighbourLimits" | "connectionLimit"> {
  const thresholds = (family: string): Thresholds | undefined => {
    const [a, b, c] = [1, 2, 3].map((n) => limit(`net.${family}.neigh.default.gc_thresh${n}`));
    return a === undefined || b === undefined || c === undefined ? undefined : [a, b, c];
  };
  const [ipv4, ipv6] = [thresholds("ipv4"), thresholds("ipv6")];
  return {
    neighbourLimits: ipv4 && ipv6 && { ipv4, ipv6 },
    connectionLimit: limit("net.netfilter.nf_conntrack_max"),
  };
}
