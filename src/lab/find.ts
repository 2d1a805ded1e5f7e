// SPDX-License-Identifier: Apache-2.0
import { LabError } from "./errors.ts";
import { placeOf } from "./member/place-of.ts";
import type { LabPlan, PlannedMember, PlannedWorkload } from "./plan/plan.ts";
import type { Place } from "./system/place.ts";

/** @throws LabError WEFT_LAB_UNKNOWN with the names there are */
export function findMember(plan: LabPlan, name: string): PlannedMember {
  const found = plan.members.find((m) => m.name === name);
  if (!found) throw unknown(plan, "spine, reflector or node", name, plan.members);
  return found;
}

/** @throws LabError WEFT_LAB_UNKNOWN with the names there are */
export function findWorkload(plan: LabPlan, name: string): PlannedWorkload {
  const found = plan.workloads.find((w) => w.name === name);
  if (!found) throw unknown(plan, "workload", name, plan.workloads);
  return found;
}

/** Where commands of a member or workload run. @throws LabError WEFT_LAB_UNKNOWN */
export function findPlace(plan: LabPlan, name: string): Place {
  const workload = plan.workloads.find((w) => w.name === name);
  if (workload) return workloadPlace(workload);
  if (plan.outside?.name === name) return { namespace: plan.outside.namespace, folder: "" };
  const member = plan.members.find((m) => m.name === name);
  if (!member) throw unknown(plan, "node or workload", name, [...plan.members, ...plan.workloads]);
  return placeOf(member);
}

export function workloadPlace(w: PlannedWorkload): Place {
  return { namespace: w.namespace, folder: "" };
}

function unknown(plan: LabPlan, what: string, name: string, known: readonly { readonly name: string }[]): LabError {
  return new LabError("WEFT_LAB_UNKNOWN", `lab ${plan.lab} has no ${what} ${name}; it has: ${known.map((k) => k.name).join(", ")}`);
}
