// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { namespacePath } from "../base/sys/namespace.ts";
import type { LabTopology } from "../contract/config/lab-schema.ts";
import { LabError } from "./errors.ts";
import { buildFabric } from "./fabric/fabric.ts";
import { buildPublicSide } from "./fabric/public-side.ts";
import { ensureKeeper } from "./keeper/keeper-client.ts";
import { placeOf } from "./member/place-of.ts";
import { startMember } from "./member/start-member.ts";
import { weftReady } from "./peer/weft.ts";
import { makePlan } from "./plan/make-plan.ts";
import { type LabPlan, namespacesOf } from "./plan/plan.ts";
import { claimLab, labExists, updateRecord } from "./state/lab-record.ts";
import { requireSupport } from "./support.ts";
import { forLab } from "./system/lab-mark.ts";
import { addWorkload, announceWorkload } from "./workload/attach.ts";

export interface LabUpOptions {
  /** Told before each stage, for people. */
  readonly onStage?: (text: string) => void;
}

/**
 * Builds a lab and starts everything in it. Comes back when all processes are ready and workloads plugged in;
 * BGP sessions may still be coming up ({@link labReady} waits for them).
 * What was made stays when it fails, to be looked at; `labDown` removes it.
 *
 * @throws LabError
 */
export async function labUp(topology: LabTopology, options: LabUpOptions = {}): Promise<LabPlan> {
  const stage = options.onStage ?? (() => undefined);
  const plan = makePlan(topology);
  await requireSupport(topology);
  refuseTakenNames(plan);
  claimLab(plan);
  await forLab(plan.lab, async () => await build(plan, stage));
  return plan;
}

async function build(plan: LabPlan, stage: (text: string) => void): Promise<void> {
  const { topology } = plan;
  const count = (role: string): number => plan.members.filter((m) => m.role === role).length;
  stage(`fabric: ${count("spine")} spines, ${plan.links.length} links, ${topology.underlay.routing} routing`);
  await buildFabric(plan);
  await buildPublicSide(plan);
  if (plan.members.some((m) => m.kind === "weft")) await ensureKeeper(plan.folder);
  stage(`${count("reflector")} reflectors and ${count("node")} nodes`);
  await inParallel(plan.members, 4, async (m) => await startMember(plan, m));
  await inParallel(plan.members, 8, async (m) => {
    if (m.kind === "weft") await weftReady(placeOf(m), m.role === "reflector" ? "reflector" : "agent", { within: 20_000 });
  });
  stage(`${plan.workloads.length} workloads`);
  await inParallel(plan.workloads, 4, async (w) => await addWorkload(plan, w));
  for (const w of plan.workloads) announceWorkload(w);
  updateRecord(plan.lab, { phase: "up" });
}

/** Checked before the name is claimed: later, a namespace of that name would be taken for ours and removed. */
function refuseTakenNames(plan: LabPlan): void {
  if (existsSync(plan.folder)) throw labExists(plan.lab);
  const taken = namespacesOf(plan).filter((n) => existsSync(namespacePath(n)));
  if (taken.length > 0) {
    throw new LabError(
      "WEFT_LAB_EXISTS",
      `namespaces that lab ${plan.lab} would make are there already: ${taken.join(", ")}; give the lab another name`,
    );
  }
}

/** Runs a job per item, so many at a time. After a failure no new one is begun, and those under way are waited for. */
async function inParallel<T>(items: readonly T[], width: number, job: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined && failures.length === 0; item = queue.shift()) {
      await job(item).catch((error: unknown) => void failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  if (failures.length > 0) throw failures[0];
}
