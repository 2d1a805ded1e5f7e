// SPDX-License-Identifier: Apache-2.0
import { namespacePath } from "../../base/sys/namespace.ts";

/** Where a process of a lab or a test runs and keeps its files. */
export interface Place {
  /** Name of its network namespace; FRR's pathspace has the same name. */
  readonly namespace: string;
  /** Configuration, logs, sockets and records of processes. */
  readonly folder: string;
  /**
   * Stands in for `/run/netns` there, so that two hosts of one machine may both have a namespace `weft-shop`.
   * Made by {@link shareNamespaces}. Without it the machine's own is seen.
   */
  readonly namespaces?: string;
  /** Folder of the lab whose keeper starts Weft's daemons here again when they fail. Without it nobody does. */
  readonly keptBy?: string;
}

/**
 * The command line that runs `argv` at `place`, without leaving a process in between: the pid is that of the program.
 * `nsenter` and not `ip netns exec`, because that would cut the propagation of namespaces made inside back to us.
 */
export function enter(place: Place, argv: readonly string[]): readonly string[] {
  const inside = ["nsenter", `--net=${namespacePath(place.namespace)}`];
  if (place.namespaces === undefined) return [...inside, ...argv];
  const script =
    'mount --make-private /run/netns && mount --rbind "$0" /run/netns && mount --make-private /sys && mount -t sysfs weft-lab /sys && exec "$@"';
  return [...inside, "unshare", "--mount", "--propagation", "unchanged", "sh", "-c", script, place.namespaces, ...argv];
}
