// SPDX-License-Identifier: Apache-2.0
import type { NamespaceName, ObjectKey, SysctlObject } from "../../desired/object.ts";
import { type PlanContext, settled, type Verdict } from "./context.ts";

/** One that is no longer wanted gets back the value that was noted; where none was, its device or its namespace usually goes too. */
export function planSysctl(
  key: ObjectKey,
  { ns, path }: { readonly ns: NamespaceName; readonly path: string },
  wanted: SysctlObject | undefined,
  context: PlanContext,
): Verdict {
  if (!wanted) return context.actual.fact(key) === undefined ? settled : { kind: "ops", ops: [{ kind: "restore-sysctl", key, ns, path }] };
  if (context.actual.sysctl(wanted.ns, wanted.path) === wanted.value) return settled;
  return { kind: "ops", ops: [{ kind: "write-sysctl", key, ns: wanted.ns, path: wanted.path, value: wanted.value }] };
}
