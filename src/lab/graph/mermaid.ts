// SPDX-License-Identifier: Apache-2.0
import type { LabPlan, PlannedMember, PlannedWorkload } from "../plan/plan.ts";

/** A plan as a Mermaid flowchart: spines above, leaves below, workloads under their node and coloured by network. */
export function mermaidGraph(plan: LabPlan): string {
  const ids = new Map([...plan.members, ...plan.workloads].map((m, i) => [m.name, `n${i}`]));
  const id = (name: string): string => ids.get(name)!;
  const networks = Object.keys(plan.topology.networks);
  const member = (m: PlannedMember): string => `    ${id(m.name)}["${m.name}<br/>${describe(m)}<br/>${m.loopback}"]`;
  const workload = (w: PlannedWorkload): string =>
    `  ${id(w.name)}(["${w.name}<br/>${w.ips.map((p) => `${p.ip}/${p.length}`).join("<br/>")}"]):::network${networks.indexOf(w.network)}`;
  const group = (title: string, members: readonly PlannedMember[]): readonly string[] =>
    members.length === 0 ? [] : [`  subgraph ${title}`, "    direction LR", ...members.map(member), "  end"];
  const of = (role: PlannedMember["role"]): readonly PlannedMember[] => plan.members.filter((m) => m.role === role);
  return [
    "flowchart TB",
    ...group("spines", of("spine")),
    ...group("reflectors", of("reflector")),
    ...group("nodes", of("node")),
    ...plan.links.map(({ ends: [a, b] }) => `  ${id(a.member)} --- ${id(b.member)}`),
    ...plan.workloads.map(workload),
    ...plan.workloads.map((w) => `  ${id(w.node)} -- "${w.network} ${w.vni}" --- ${id(w.name)}`),
    ...networks.map((_, i) => `  classDef network${i} fill:${networkColour(i)},stroke:#333,color:#111`),
    "",
  ].join("\n");
}

/** What a member is, in two words. */
export function describe(m: PlannedMember): string {
  return m.role === "spine"
    ? "spine"
    : m.role === "reflector"
      ? `${m.kind} reflector`
      : m.kind === "weft" || m.kind === "frr"
        ? `${m.kind} VTEP`
        : m.kind;
}

/** Light enough for dark text, and told apart by people who see few colours. */
const colours = ["#a6cee3", "#fdbf6f", "#b2df8a", "#fb9a99", "#cab2d6", "#ffff99"] as const;

export function networkColour(index: number): string {
  return colours[index % colours.length]!;
}
