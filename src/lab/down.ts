// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync, rmSync } from "node:fs";
import { namespacePath } from "../base/sys/namespace.ts";
import { LabError } from "./errors.ts";
import { removeNamespace } from "./fabric/namespaces.ts";
import { removeFrrFolders } from "./peer/frr.ts";
import { type LabPlan, namespacesOf } from "./plan/plan.ts";
import { hasRecord, isClaimed, knownLab, labFolder, labNames } from "./state/lab-record.ts";
import { requireRoot } from "./support.ts";
import { processesOfLab } from "./system/lab-mark.ts";
import { emptyNamespaces } from "./system/namespace-processes.ts";
import { isRunning, signal } from "../base/sys/process-identity.ts";
import { unshareNamespaces } from "./system/shared-namespaces.ts";
import { waitFor } from "./system/wait-for.ts";

/** What was removed. */
export interface LabDownReport {
  readonly processes: number;
  readonly namespaces: number;
}

/**
 * Ends every process of a lab and removes all it made, however far its building came and whatever crashed since.
 * May be called again when it failed midway.
 *
 * @throws LabError WEFT_LAB_UNKNOWN when there is no such lab
 */
export async function labDown(name: string): Promise<LabDownReport> {
  requireRoot();
  if (isClaimed(name) && !hasRecord(name)) {
    // Nothing written, hence nothing made.
    rmSync(labFolder(name), { recursive: true });
    return { processes: 0, namespaces: 0 };
  }
  const { record, plan } = knownLab(name);
  // A builder still at work would make again what is removed here.
  if (record.phase === "starting" && record.builder.pid !== process.pid && signal(record.builder, "SIGKILL")) {
    await waitFor(`lab ${name}: its builder to end`, () => !isRunning(record.builder), { within: 5000, every: 10 });
  }
  const processes = await endProcesses(plan);
  for (const m of plan.members) await unshareNamespaces(`${m.folder}/netns`);
  const namespaces = namespacesOf(plan).filter((n) => existsSync(namespacePath(n)));
  for (const n of namespaces) await removeNamespace(n);
  for (const m of plan.members) removeFrrFolders(m.namespace);
  rmSync(plan.folder, { recursive: true, force: true });
  return { processes, namespaces: namespaces.length };
}

async function endProcesses(plan: LabPlan): Promise<number> {
  // First what still might make something: commands that a killed builder had begun. Daemons need no farewell either,
  // for everything they could tidy up is removed anyway.
  let ended = 0;
  for (let left = processesOfLab(plan.lab); left.length > 0; left = processesOfLab(plan.lab)) {
    const ending = left;
    ended += ending.filter((p) => signal(p, "SIGKILL")).length;
    await waitFor(`lab ${plan.lab}: processes to end`, () => !ending.some((p) => isRunning(p)), { within: 5000, every: 5 });
  }
  const paths = namespacesOf(plan).map(namespacePath);
  for (const m of plan.members) {
    const inner = `${m.folder}/netns`;
    if (existsSync(inner)) paths.push(...readdirSync(inner).map((n) => `${inner}/${n}`));
  }
  return ended + (await emptyNamespaces(paths));
}

/** Takes down every lab of this machine. */
export async function labDownAll(): Promise<readonly string[]> {
  const names = labNames();
  for (const name of names) {
    await labDown(name).catch((cause: unknown) => {
      throw new LabError("WEFT_LAB_COMMAND", `lab ${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    });
  }
  return names;
}
