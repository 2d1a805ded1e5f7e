// SPDX-License-Identifier: Apache-2.0
import { LabError } from "../errors.ts";
import { addStaticRoutes } from "../fabric/fabric.ts";
import type { LabPlan, LinkEnd, PlannedLink } from "../plan/plan.ts";
import { knownLab } from "../state/lab-record.ts";
import { requireRoot } from "../support.ts";
import { command } from "../system/command.ts";
import { enter } from "../system/place.ts";
import { type Faults, faultRuleset, readFaults, writeFaults } from "./faults.ts";

/**
 * `silent`: frames vanish and nobody is told, which only BFD or a hold timer notices; static routes never do.
 * `unplug`: the carrier goes, and the kernel stops using the link at both ends.
 */
export type CutMode = "silent" | "unplug";

/**
 * Cuts a link (`s1-h1`), all links of a spine, reflector or node, or those that lead out of a zone.
 *
 * @throws LabError WEFT_LAB_UNKNOWN when the lab has no such link or member
 */
export async function labCut(lab: string, target: string, mode: CutMode = "silent"): Promise<readonly string[]> {
  return await changeFaults(lab, target, (f, names) =>
    mode === "silent" ? { ...f, silent: union(f.silent, names) } : { ...f, unplugged: union(f.unplugged, names) },
  );
}

/** Undoes cuts and losses of a link, of a member's links, or with `all` of the whole lab. */
export async function labHeal(lab: string, target: string): Promise<readonly string[]> {
  return await changeFaults(lab, target, (f, names) => ({
    silent: f.silent.filter((n) => !names.includes(n)),
    unplugged: f.unplugged.filter((n) => !names.includes(n)),
    loss: Object.fromEntries(Object.entries(f.loss).filter(([n]) => !names.includes(n))),
  }));
}

/** Loses so many percent of the frames of a link, or of each link of a member, in each direction; 0 ends it. */
export async function labLoss(lab: string, target: string, percent: number): Promise<readonly string[]> {
  if (!(percent >= 0 && percent <= 100)) throw new LabError("WEFT_LAB_TOPOLOGY", `${percent} % is no share; allowed are 0 to 100`);
  return await changeFaults(lab, target, (f, names) => {
    const kept = Object.entries(f.loss).filter(([n]) => !names.includes(n));
    return { ...f, loss: Object.fromEntries([...kept, ...(percent === 0 ? [] : names.map((n) => [n, percent] as const))]) };
  });
}

async function changeFaults(
  lab: string,
  target: string,
  change: (f: Faults, links: readonly string[]) => Faults,
): Promise<readonly string[]> {
  requireRoot();
  const { plan } = knownLab(lab);
  const links = linksOf(plan, target);
  const before = readFaults(plan);
  const names = links.map((l) => l.name);
  const after = change(before, names);
  writeFaults(plan, after);
  const namespaces = new Set(links.flatMap((l) => l.ends.map((e) => e.namespace)));
  for (const n of namespaces) {
    await command(enter({ namespace: n, folder: "" }, ["nft", "-f", "-"]), { input: faultRuleset(after, plan.links, n) });
  }
  for (const l of links) await setCarrier(plan, l, before.unplugged.includes(l.name), after.unplugged.includes(l.name));
  return names;
}

/** Taking down the spine's end takes the carrier from the other one; the routes that went with it come back with it. */
async function setCarrier(plan: LabPlan, link: PlannedLink, was: boolean, is: boolean): Promise<void> {
  if (was === is) return;
  const [end] = link.ends;
  await command(["ip", "-n", end.namespace, "link", "set", end.interface, is ? "down" : "up"]);
  if (!is)
    await addStaticRoutes(
      plan,
      plan.members.find((m) => m.name === end.member)!,
    );
}

function linksOf(plan: LabPlan, target: string): readonly PlannedLink[] {
  const zoneOf = (e: LinkEnd): string | undefined => plan.members.find((m) => m.name === e.member)?.zone;
  const leaves = ({ ends: [a, b] }: PlannedLink): boolean => (zoneOf(a) === target) !== (zoneOf(b) === target);
  const links = plan.links.filter((l) => target === "all" || l.name === target || l.ends.some((e) => e.member === target) || leaves(l));
  if (links.length === 0) {
    const known = [...Object.keys(plan.topology.zones), ...plan.members.map((m) => m.name), ...plan.links.map((l) => l.name)].join(", ");
    throw new LabError("WEFT_LAB_UNKNOWN", `lab ${plan.lab} has no link, node or zone ${target}; it has: ${known}`);
  }
  return links;
}

function union(a: readonly string[], b: readonly string[]): readonly string[] {
  return [...new Set([...a, ...b])];
}
