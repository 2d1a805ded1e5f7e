// SPDX-License-Identifier: Apache-2.0
import { createNamespace, deleteNamespace, listNamespaces } from "../../base/sys/namespace.ts";
import type { NamespaceName } from "../desired/object.ts";

/** Makes and removes named network namespaces; tests have one without a kernel. */
export interface NamespaceControl {
  /** Names under /run/netns. */
  list(): readonly NamespaceName[];
  /** `ip netns add NAME`. @throws SystemCallError */
  create(ns: NamespaceName): void;
  /** `ip netns del NAME`. @throws SystemCallError */
  remove(ns: NamespaceName): void;
}

export const namespaceControl: NamespaceControl = { list: listNamespaces, create: createNamespace, remove: deleteNamespace };
