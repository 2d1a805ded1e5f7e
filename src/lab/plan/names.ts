// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";

/** `name`, or when it is longer than `most`, its beginning with a hash of the whole: `a-very-long-n~3f2a` stays unique. */
export function bounded(name: string, most: number): string {
  if (name.length <= most) return name;
  return `${name.slice(0, most - 5)}~${createHash("sha256").update(name).digest("hex").slice(0, 4)}`;
}

/** Linux allows 15 octets (IFNAMSIZ - 1). */
const longestInterface = 15;

/** Fabric interface towards a neighbour: `to-s1`. */
export function fabricInterface(neighbour: string): string {
  return bounded(`to-${neighbour}`, longestInterface);
}

/** The node's end of a workload's link: `p-b1`. */
export function portInterface(workload: string): string {
  return bounded(`p-${workload}`, longestInterface);
}

/**
 * Namespace of a node or workload: `demo-h1`. Bounded, because Unix sockets of FRR live under a folder of this name
 * and their path may have 107 octets; without dots, which FRR refuses in the name of a pathspace.
 */
export function namespaceName(lab: string, member: string): string {
  return bounded(`${bounded(lab, 24)}-${member}`.replaceAll(".", "_"), 48);
}
