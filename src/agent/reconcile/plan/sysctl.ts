// SPDX-License-Identifier: Apache-2.0
import { sysctlDevice } from "../../../base/sys/sysctl-name.ts";
import type { NamespaceName, ObjectKey, SysctlObject } from "../../desired/object.ts";
import { deviceMissing, type PlanContext, settled, type Verdict } from "./context.ts";

/** One that is no longer wanted gets back the value that was noted; where none was, its device or its namespace usually goes too. */
export function planSysctl(
  key: ObjectKey,
  { ns, path }: { readonly ns: NamespaceName; readonly path: string },
  wanted: SysctlObject | undefined,
  context: PlanContext,
): Verdict {
  if (!wanted) return context.actual.fact(key) === undefined ? settled : { kind: "ops", ops: [{ kind: "restore-sysctl", key, ns, path }] };
  if (context.actual.sysctl(wanted.ns, wanted.path) === wanted.value) return settled;
  // Where nothing is to be written the kernel lacks the key: with a device that is yet to come that is not so.
  const dev = sysctlDevice(path);
  const isOfDevice = dev !== undefined && dev !== "all" && dev !== "default";
  const missing = isOfDevice ? deviceMissing(ns, dev, context) : undefined;
  if (missing) return missing;
  return { kind: "ops", ops: [{ kind: "write-sysctl", key, ns, path, value: wanted.value, closedBy: wanted.closedBy }] };
}
