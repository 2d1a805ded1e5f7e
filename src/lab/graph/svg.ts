// SPDX-License-Identifier: Apache-2.0
import type { LabPlan, PlannedMember, PlannedWorkload } from "../plan/plan.ts";
import { describe, networkColour } from "./mermaid.ts";

const box = { width: 160, height: 52, gap: 20 } as const;
const pill = { height: 40, gap: 10 } as const;
const rows = { spine: 24, leaf: 190, workload: 278 } as const;
const margin = 24;

interface Placed {
  readonly x: number;
  readonly y: number;
}

/** A plan as a picture that needs no other program: spines above, leaves below, each with its workloads hanging from it. */
export function svgGraph(plan: LabPlan): string {
  const spines = plan.members.filter((m) => m.role === "spine");
  const leaves = plan.members.filter((m) => m.role !== "spine");
  const columns = Math.max(spines.length, leaves.length, 1);
  const width = 2 * margin + columns * box.width + (columns - 1) * box.gap;
  const tallest = Math.max(0, ...leaves.map((l) => plan.workloads.filter((w) => w.node === l.name).length));
  const networks = Object.keys(plan.topology.networks);
  const height = rows.workload + tallest * (pill.height + pill.gap) + (networks.length > 0 ? 44 : 0) + margin;
  const places = new Map([...placeRow(spines, width, rows.spine), ...placeRow(leaves, width, rows.leaf)]);
  const at = (name: string): Placed => places.get(name)!;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="lab ${escape(plan.lab)}">`,
    "<style>text{font:13px system-ui,sans-serif;fill:#111;text-anchor:middle}.small{font-size:11px;fill:#444}.name{font-weight:600}",
    "line{stroke:#98a2b3;stroke-width:1.5}rect{stroke:#475467}</style>",
    `<rect width="${width}" height="${height}" fill="#fff" stroke="none"/>`,
    ...plan.links.map(({ ends: [a, b] }) => fabricLine(at(a.member), at(b.member))),
    ...[...spines, ...leaves].map((m) => memberBox(m, at(m.name))),
    ...leaves.flatMap((l) =>
      plan.workloads.filter((w) => w.node === l.name).map((w, i) => workloadPill(w, at(l.name), i, networks.indexOf(w.network))),
    ),
    ...networks.map((name, i) => legend(name, plan.topology.networks[name]!.vni, i, height)),
    "</svg>",
    "",
  ].join("\n");
}

/** Side by side, the row as a whole in the middle. */
function placeRow(members: readonly PlannedMember[], width: number, y: number): readonly (readonly [string, Placed])[] {
  const used = members.length * box.width + (members.length - 1) * box.gap;
  return members.map((m, i) => [m.name, { x: (width - used) / 2 + i * (box.width + box.gap), y }] as const);
}

function fabricLine(spine: Placed, leaf: Placed): string {
  const [x1, x2] = [spine.x + box.width / 2, leaf.x + box.width / 2];
  // Spines of two zones: over the heads of those between them.
  if (spine.y === leaf.y) return `<path d="M ${x1} ${spine.y} Q ${(x1 + x2) / 2} ${spine.y - 24} ${x2} ${spine.y}" fill="none"/>`;
  return `<line x1="${x1}" y1="${spine.y + box.height}" x2="${x2}" y2="${leaf.y}"/>`;
}

function memberBox(m: PlannedMember, { x, y }: Placed): string {
  const middle = x + box.width / 2;
  const fill = m.role === "spine" ? "#eaecf0" : m.role === "reflector" ? "#f4ebff" : "#f2f4f7";
  return [
    `<rect x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="6" fill="${fill}"/>`,
    `<text class="name" x="${middle}" y="${y + 21}">${escape(m.name)}</text>`,
    `<text class="small" x="${middle}" y="${y + 39}">${describe(m)} ${m.loopback}</text>`,
  ].join("");
}

function workloadPill(w: PlannedWorkload, node: Placed, index: number, network: number): string {
  const y = rows.workload + index * (pill.height + pill.gap);
  const middle = node.x + box.width / 2;
  const above = index === 0 ? node.y + box.height : y - pill.gap;
  return [
    `<line x1="${middle}" y1="${above}" x2="${middle}" y2="${y}"/>`,
    `<rect x="${node.x}" y="${y}" width="${box.width}" height="${pill.height}" rx="${pill.height / 2}" fill="${networkColour(network)}"/>`,
    `<text class="name" x="${middle}" y="${y + 17}">${escape(w.name)}</text>`,
    `<text class="small" x="${middle}" y="${y + 32}">${w.ips.map((p) => `${p.ip}/${p.length}`).join(" ")}</text>`,
  ].join("");
}

function legend(name: string, vni: number, index: number, height: number): string {
  const x = margin + index * 150;
  const y = height - margin - 14;
  return `<rect x="${x}" y="${y}" width="14" height="14" rx="3" fill="${networkColour(index)}"/><text class="small" x="${x + 22}" y="${y + 11}" style="text-anchor:start">${escape(name)}, VNI ${vni}</text>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
