// SPDX-License-Identifier: Apache-2.0
import type { LabTopology } from "../../contract/config/lab-schema.ts";
import type { LabPlan } from "../plan/plan.ts";

/** What the steps share; the first one makes the plan. */
export interface DemoContext {
  readonly topology: LabTopology;
  plan: LabPlan;
}

/** One line of the demo: does something, measures it, and says what came out. */
export interface DemoStep {
  readonly name: string;
  /** @throws StepFailure, or any other error */
  readonly run: (demo: DemoContext) => Promise<string>;
}

/** A step measured something else than it should. */
export class StepFailure extends Error {
  /** Names of nodes whose logs tell more. */
  readonly nodes: readonly string[];
  /** A command that shows what is wrong, to be run while the lab is up. */
  readonly lookAt: string;
  constructor(measured: string, nodes: readonly string[], lookAt: string) {
    super(measured);
    this.name = "StepFailure";
    this.nodes = nodes;
    this.lookAt = lookAt;
  }
}
