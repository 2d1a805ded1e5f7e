// SPDX-License-Identifier: Apache-2.0
import type { LabTopology } from "../../contract/config/lab-schema.ts";
import { makePlan } from "../plan/make-plan.ts";
import { knownLab } from "../state/lab-record.ts";
import { mermaidGraph } from "./mermaid.ts";
import { svgGraph } from "./svg.ts";

export type GraphFormat = "mermaid" | "svg";

/** Draws a running lab by name, its workloads where they are now, or a topology that was never built. @throws LabError */
export function labGraph(lab: string | LabTopology, format: GraphFormat = "mermaid"): string {
  const plan = typeof lab === "string" ? knownLab(lab).plan : makePlan(lab);
  return format === "svg" ? svgGraph(plan) : mermaidGraph(plan);
}
