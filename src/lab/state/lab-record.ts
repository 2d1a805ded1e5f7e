// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import type { LabTopology } from "../../contract/config/lab-schema.ts";
import { LabError } from "../errors.ts";
import { labsFolder, makePlan } from "../plan/make-plan.ts";
import { bounded } from "../plan/names.ts";
import type { LabPlan } from "../plan/plan.ts";
import { type ProcessIdentity, identify } from "../../base/sys/process-identity.ts";

/**
 * What is known of a lab, in `lab.json` of its folder. It is written before the first thing is made, and every name of a lab
 * follows from its topology: so taking down needs nothing else, wherever the building of it broke off.
 */
export interface LabRecord {
  readonly format: 1;
  /** With the present node of each workload. */
  readonly topology: LabTopology;
  /** ISO 8601. */
  readonly created: string;
  readonly phase: "starting" | "up";
  /** Who builds it; in phase `up` of no account. */
  readonly builder: ProcessIdentity;
}

export interface KnownLab {
  readonly record: LabRecord;
  readonly plan: LabPlan;
}

/** Takes the name for a new lab. Making the folder is what decides between two that want the same. */
export function claimLab(plan: LabPlan): void {
  mkdirSync(labsFolder, { recursive: true });
  try {
    mkdirSync(plan.folder);
  } catch (cause) {
    throw labExists(plan.lab, { cause });
  }
  writeRecord(plan.folder, {
    format: 1,
    topology: plan.topology,
    created: new Date().toISOString(),
    phase: "starting",
    builder: identify(process.pid)!,
  });
}

export function labExists(lab: string, options?: ErrorOptions): LabError {
  return new LabError("WEFT_LAB_EXISTS", `lab ${lab} is there already; take it down with: weft lab down ${lab}`, options);
}

/** @throws LabError WEFT_LAB_UNKNOWN */
export function knownLab(name: string): KnownLab {
  const folder = labFolder(name);
  if (!hasRecord(name)) {
    const others = labNames();
    throw new LabError("WEFT_LAB_UNKNOWN", `no lab ${name}; ${others.length === 0 ? "none is up" : `there are: ${others.join(", ")}`}`);
  }
  const record = JSON.parse(readFileSync(`${folder}/lab.json`, "utf8")) as LabRecord;
  return { record, plan: makePlan(record.topology) };
}

/** Every lab that has a folder, whatever state it is in. */
export function labNames(): readonly string[] {
  return existsSync(labsFolder) ? readdirSync(labsFolder).toSorted() : [];
}

/** Whether the name is taken: by a lab, or by one that nothing was made of yet. Any text may be asked for, `..` as well. */
export function isClaimed(name: string): boolean {
  return labNames().includes(folderName(name));
}

export function hasRecord(name: string): boolean {
  return isClaimed(name) && existsSync(`${labFolder(name)}/lab.json`);
}

export function labFolder(name: string): string {
  return `${labsFolder}/${folderName(name)}`;
}

function folderName(lab: string): string {
  return bounded(lab, 24);
}

/** Replaces parts of the record; atomic, so that a crash leaves the old or the new one. */
export function updateRecord(name: string, change: Partial<LabRecord>): void {
  writeRecord(labFolder(name), { ...knownLab(name).record, ...change });
}

function writeRecord(folder: string, record: LabRecord): void {
  writeFileSync(`${folder}/lab.json.new`, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(`${folder}/lab.json.new`, `${folder}/lab.json`);
}
