// SPDX-License-Identifier: Apache-2.0
import { parseLabTopology } from "../../src/contract/config/load.ts";
import { findPlace } from "../../src/lab/find.ts";
import { reaches } from "../../src/lab/measure/ping.ts";
import { weft } from "../../src/lab/peer/weft.ts";
import type { LabPlan } from "../../src/lab/plan/plan.ts";
import { labReady } from "../../src/lab/status.ts";
import { command } from "../../src/lab/system/command.ts";
import { enter } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { labUp } from "../../src/lab/up.ts";

/** Starts a lab and waits for its sessions. */
export async function labOf(yaml: string, name: string): Promise<LabPlan> {
  const plan = await labUp(parseLabTopology(yaml, `${name}.yaml`));
  await labReady(plan);
  return plan;
}

/** Path of the namespace that a node has for a domain. */
export function domainPath(plan: LabPlan, node: string, domain: string): string {
  return `${findPlace(plan, node).namespaces}/weft-${domain}`;
}

/** Runs a command line (words between blanks) in a node's namespace of a domain. */
export async function inDomain(plan: LabPlan, node: string, domain: string, line: string): Promise<string> {
  return await command(["nsenter", `--net=${domainPath(plan, node, domain)}`, ...line.split(" ")]);
}

export async function inWorkload(plan: LabPlan, name: string, line: string): Promise<string> {
  return await command(enter(findPlace(plan, name), line.split(" ")));
}

export async function reachable(plan: LabPlan, from: string, ...to: readonly string[]): Promise<void> {
  for (const ip of to) await waitFor(`${from} to reach ${ip}`, async () => await reaches(findPlace(plan, from), ip), { within: 30_000 });
}

/** What the kernel of a node lacks or has too much. */
export async function diff(plan: LabPlan, node: string): Promise<unknown> {
  return JSON.parse((await weft(findPlace(plan, node), ["kernel", "diff", "-o", "json"])).stdout);
}

/** What `ping` prints about one packet: an error on its way, too. */
export async function pingOnce(plan: LabPlan, from: string, words: string): Promise<string> {
  const line = enter(findPlace(plan, from), ["sh", "-c", `ping -n -c 1 -W 2 ${words} 2>&1 || true`]);
  return await command(line);
}
