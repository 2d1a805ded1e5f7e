// SPDX-License-Identifier: Apache-2.0
import type { NetworkPlan } from "../desired/network-plan.ts";
import type { NamespaceName } from "../desired/object.ts";
import type { Mirror } from "../kernel/mirror.ts";

/** Name → what tells a namespace from another of the same name, made later. */
export type FollowedNamespaces = ReadonlyMap<NamespaceName, object>;

/** The namespaces of networks, as far as they are there. */
export function namespacesOf(plans: readonly NetworkPlan[], mirror: Mirror): FollowedNamespaces {
  const found = new Map<NamespaceName, object>();
  for (const { ns } of plans) {
    const tables = found.has(ns) ? undefined : mirror.tables(ns);
    if (tables) found.set(ns, tables);
  }
  return found;
}
