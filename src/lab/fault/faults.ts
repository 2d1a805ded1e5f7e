// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { LabPlan, PlannedLink } from "../plan/plan.ts";

/** What is wrong with the links of a lab on purpose, by link name. */
export interface Faults {
  /** Links that swallow every frame without a sign. */
  readonly silent: readonly string[];
  /** Links without a carrier. */
  readonly unplugged: readonly string[];
  /** Percent of frames lost in each direction. */
  readonly loss: Readonly<Record<string, number>>;
}

export const noFaults: Faults = { silent: [], unplugged: [], loss: {} };

export function readFaults(plan: LabPlan): Faults {
  const file = `${plan.folder}/faults.json`;
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Faults) : noFaults;
}

export function writeFaults(plan: LabPlan, faults: Faults): void {
  const file = `${plan.folder}/faults.json`;
  writeFileSync(`${file}.new`, JSON.stringify(faults));
  renameSync(`${file}.new`, file);
}

const table = "weft-fault";

/**
 * The nft ruleset of one namespace that drops at reception what its links are to lose; an empty table heals.
 * Ingress of the device comes before everything else: ARP, BFD and routing protocols are dropped as well.
 */
export function faultRuleset(faults: Faults, links: readonly PlannedLink[], namespace: string): string {
  const chains = links.flatMap((l) => {
    const rule = faults.silent.includes(l.name) ? "drop" : dropShare(faults.loss[l.name]);
    const end = l.ends.find((e) => e.namespace === namespace);
    return rule === undefined || end === undefined ? [] : [{ device: end.interface, rule }];
  });
  const body = chains.map(
    ({ device, rule }, i) =>
      `  chain fault${i} {\n    type filter hook ingress device "${device}" priority -500; policy accept;\n    ${rule}\n  }\n`,
  );
  return `add table netdev ${table}\ndelete table netdev ${table}\n${body.length === 0 ? "" : `table netdev ${table} {\n${body.join("")}}\n`}`;
}

/** In hundredths of a percent: the kernel of a small machine may lack netem, while nft can draw numbers. */
function dropShare(percent: number | undefined): string | undefined {
  return percent === undefined || percent <= 0 ? undefined : `numgen random mod 10000 < ${Math.round(percent * 100)} drop`;
}
