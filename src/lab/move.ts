// SPDX-License-Identifier: Apache-2.0
import { LabError } from "./errors.ts";
import { findMember, findWorkload } from "./find.ts";
import { placeOf } from "./member/place-of.ts";
import { agentConfig } from "./member/weft-config.ts";
import { reloadWeft, writeWeftConfig } from "./peer/weft.ts";
import { makePlan } from "./plan/make-plan.ts";
import type { LabPlan } from "./plan/plan.ts";
import { knownLab, updateRecord } from "./state/lab-record.ts";
import { requireRoot } from "./support.ts";
import { announceWorkload, carry, plug } from "./workload/attach.ts";

export interface LabMoveOptions {
  /** Send gratuitous ARP and neighbour advertisements at the new place, as a hypervisor does. Default: yes. */
  readonly announce?: boolean;
}

/**
 * Migrates a running workload to another node: same MAC, same addresses, its processes go on.
 * A declared port is taken into the target's configuration first and out of the source's last, so that the time
 * without a link is that of moving one end of a veth.
 *
 * @throws LabError
 */
export async function labMove(lab: string, workload: string, toNode: string, options: LabMoveOptions = {}): Promise<void> {
  requireRoot();
  const { record, plan } = knownLab(lab);
  const before = findWorkload(plan, workload);
  const target = findMember(plan, toNode);
  if (target.role !== "node" || (target.kind !== "weft" && target.kind !== "frr")) {
    throw new LabError("WEFT_LAB_TOPOLOGY", `${toNode} switches nothing; a workload runs on a node of kind weft or frr`);
  }
  if (before.node === toNode) return;
  const topology = {
    ...record.topology,
    workloads: { ...record.topology.workloads, [workload]: { ...record.topology.workloads[workload]!, node: toNode } },
  };
  updateRecord(lab, { topology });
  const after = makePlan(topology);
  const now = findWorkload(after, workload);
  if (now.declared) await reconfigure(after, toNode);
  await carry(plan, before, toNode);
  await plug(after, now);
  if (options.announce ?? true) announceWorkload(now);
  if (before.declared) await reconfigure(after, before.node);
}

/** Tells the agent of a node which ports it has now; nobody needs to tell FRR. */
async function reconfigure(plan: LabPlan, node: string): Promise<void> {
  const m = findMember(plan, node);
  if (m.kind !== "weft") return;
  writeWeftConfig(placeOf(m), "agent", agentConfig(plan, m));
  await reloadWeft(placeOf(m));
}
