// SPDX-License-Identifier: Apache-2.0
import { cpSync, existsSync, mkdtempSync } from "node:fs";
import path from "node:path";
import { styleText } from "node:util";
import type { LabTopology } from "../../contract/config/lab-schema.ts";
import { labDown } from "../down.ts";
import { LabError } from "../errors.ts";
import { frrFolders } from "../peer/frr.ts";
import { weftProgram } from "../peer/weft.ts";
import { makePlan } from "../plan/make-plan.ts";
import { labNames } from "../state/lab-record.ts";
import { requireSupport } from "../support.ts";
import { agentStep, migrationStep, reflectorStep } from "./fault-steps.ts";
import { demoTopology } from "./demo-topology.ts";
import { floatingIpStep, outboundStep } from "./public-steps.ts";
import { routingStep } from "./routing-step.ts";
import { type DemoContext, type DemoStep, StepFailure } from "./step.ts";
import { fabricStep, isolationStep, sessionStep, suppressionStep, tenantStep } from "./traffic-steps.ts";

export interface DemoOptions {
  /** Leave the lab up for looking around. */
  readonly keep: boolean;
  readonly topology?: LabTopology;
  readonly steps?: readonly DemoStep[];
}

export const demoSteps: readonly DemoStep[] = [
  fabricStep,
  sessionStep,
  tenantStep("blue"),
  tenantStep("red"),
  isolationStep,
  suppressionStep,
  routingStep,
  floatingIpStep,
  outboundStep,
  migrationStep,
  agentStep,
  reflectorStep,
];

/**
 * Builds the demo fabric, shows and measures it line by line, takes it down. False when a step failed.
 *
 * @throws LabError WEFT_LAB_PERMISSION | WEFT_LAB_UNSUPPORTED before anything is made
 */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const topology = options.topology ?? demoTopology();
  await requireSupport(topology);
  // Left by a demo that was kept or killed; the name is the demo's own.
  if (labNames().includes(topology.name)) await labDown(topology.name);
  const interrupted = takeDownOnInterrupt(topology.name);
  const demo: DemoContext = { topology, plan: makePlan(topology) };
  const begun = performance.now();
  print(styleText("bold", "Weft demo: a fabric of network namespaces on this machine"), "");
  let failed = false;
  for (const step of options.steps ?? demoSteps) {
    failed = !(await runStep(step, demo));
    if (failed) break;
  }
  process.off("SIGINT", interrupted);
  print("");
  if (!failed) print(`all of it in ${seconds(begun)}`);
  if (options.keep) lookAround(topology.name);
  else await labDown(topology.name);
  return !failed;
}

async function runStep(step: DemoStep, demo: DemoContext): Promise<boolean> {
  const begun = performance.now();
  try {
    const measured = await step.run(demo);
    print(`${styleText("green", "✓")} ${step.name.padEnd(nameWidth)} ${measured} ${styleText("dim", `[${seconds(begun)}]`)}`);
    return true;
  } catch (error) {
    print(`${styleText("red", "✗")} ${step.name.padEnd(nameWidth)} ${error instanceof Error ? error.message : String(error)}`);
    if (!(error instanceof StepFailure) && !(error instanceof LabError)) console.error(error);
    sayWhatToLookAt(error, demo);
    return false;
  }
}

const nameWidth = 16;

/** The lab is taken down unless it is to be kept, so what it wrote is put where it stays. */
function sayWhatToLookAt(error: unknown, demo: DemoContext): void {
  const kept = mkdtempSync("/tmp/weft-demo-");
  const nodes = error instanceof StepFailure && error.nodes.length > 0 ? error.nodes : demo.plan.members.map((m) => m.name);
  for (const m of demo.plan.members.filter((p) => nodes.includes(p.name))) {
    // Sockets and mounts are nothing to copy.
    const files = (source: string): boolean => /\.(log|yaml|conf|toml|json)$/.test(source) || !path.basename(source).includes(".");
    for (const [folder, below] of [
      [m.folder, ""],
      [frrFolders(m.namespace).run, "frr"],
    ] as const) {
      if (existsSync(folder))
        cpSync(folder, path.join(kept, m.name, below), { recursive: true, filter: (s) => files(s) && !/\/(netns|run)$/.test(s) });
    }
  }
  print("", `look at: configurations and logs of ${[...new Set(nodes)].join(", ")} in ${kept}`);
  if (error instanceof StepFailure) print(`         ${asTyped(error.lookAt)}   (while the lab is up: ${asTyped("weft lab demo --keep")})`);
}

function lookAround(lab: string): void {
  print("", "The lab is up. Look around:");
  const lines = [
    [`weft lab status ${lab}`, "processes and sessions"],
    [`weft lab exec ${lab} h1 weft evpn macs`, "what h1 knows"],
    [`weft lab exec ${lab} b1 ping 192.168.1.12`, "traffic of a tenant"],
    [`weft lab exec ${lab} f1 vtysh -c 'show bgp l2vpn evpn'`, "the same fabric as FRR sees it"],
    [`weft lab exec ${lab} h3 weft nat floating`, "public addresses and where they lead"],
    [`weft lab move ${lab} b1 h2`, "a migration of your own"],
    [`weft lab graph ${lab} --format svg > lab.svg`, "a picture"],
    [`weft lab down ${lab}`, "the end of it"],
  ] as const;
  const width = Math.max(...lines.map(([line]) => asTyped(line).length));
  for (const [line, what] of lines) print(`  ${asTyped(line).padEnd(width)}  ${styleText("dim", what)}`);
}

/** A command line as it works here: in a checkout `weft` is not in the PATH. */
function asTyped(line: string): string {
  const found = (process.env["PATH"] ?? "").split(":").some((d) => d !== "" && existsSync(`${d}/weft`));
  return found ? line : line.replace(/^weft/, path.relative(process.cwd(), weftProgram));
}

/** Ctrl-C leaves nothing behind either. */
function takeDownOnInterrupt(lab: string): () => void {
  const onInterrupt = (): void => {
    print("", "interrupted, taking the lab down");
    void labDown(lab)
      .catch((error: unknown) => console.error(error))
      .finally(() => process.exit(130));
  };
  process.once("SIGINT", onInterrupt);
  return onInterrupt;
}

function print(...lines: readonly string[]): void {
  for (const l of lines) console.log(l);
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
