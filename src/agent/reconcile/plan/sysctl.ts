// SPDX-License-Identifier: Apache-2.0
import type { ObjectKey, SysctlObject } from "../../desired/object.ts";
import { type PlanContext, settled, type Verdict } from "./context.ts";

/** A sysctl that is no longer wanted keeps its value: nobody knows what it was before, and its device usually goes too. */
export function planSysctl(key: ObjectKey, wanted: SysctlObject | undefined, context: PlanContext): Verdict {
  if (!wanted || context.actual.sysctl(wanted.ns, wanted.path) === wanted.value) return settled;
  return { kind: "ops", ops: [{ kind: "write-sysctl", key, ns: wanted.ns, path: wanted.path, value: wanted.value }] };
}
