// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from "node:timers/promises";
import { findMember, findPlace, findWorkload } from "../find.ts";
import { type PingResult, RunningPing } from "../measure/ping.ts";
import { placeOf } from "../member/place-of.ts";
import { labMove } from "../move.ts";
import { restartWeft, type WeftComponent, weftReady } from "../peer/weft.ts";
import type { LabPlan } from "../plan/plan.ts";
import { knownLab } from "../state/lab-record.ts";
import { labReady } from "../status.ts";
import { command } from "../system/command.ts";
import { stopProcess } from "../system/managed-process.ts";
import { enter } from "../system/place.ts";
import { waitFor } from "../system/wait-for.ts";
import { type DemoStep, StepFailure } from "./step.ts";
import { address, vtepOf } from "./traffic-steps.ts";

/** b1 goes to another host while b2 pings it. */
export const migrationStep: DemoStep = {
  name: "live migration",
  async run(demo) {
    const from = findWorkload(demo.plan, "b1").node;
    const result = await pinged(demo.plan, async () => await labMove(demo.plan.lab, "b1", "h3"));
    demo.plan = knownLab(demo.plan.lab).plan;
    await follows(demo.plan);
    return `b1 moved from ${from} to h3 under a 10 ms ping: ${losses(result)}`;
  },
};

/** The agent under b2 dies; its kernel goes on without it, and a new agent takes over what it finds. */
export const agentStep: DemoStep = {
  name: "agent killed",
  async run({ plan }) {
    const { node } = findWorkload(plan, "b2");
    let ready = 0;
    const result = await pinged(plan, async () => {
      await killed(plan, node, "agent");
      await sleep(1500);
      ready = await restarted(plan, node, "agent");
      await labReady(plan, { within: 20_000 });
    });
    nothingLost(result, plan, node, "agent");
    return `kill -9 on ${node}, 1.5 s without it, restarted and ready after ${(ready / 1000).toFixed(1)} s: ${losses(result)}`;
  },
};

/** One of two reflectors dies; the other one serves, also a workload that moves meanwhile. */
export const reflectorStep: DemoStep = {
  name: "reflector killed",
  async run(demo) {
    const { plan } = demo;
    const result = await pinged(plan, async () => {
      await killed(plan, "rr1", "reflector");
      await sleep(1500);
    });
    nothingLost(result, plan, "rr1", "reflector");
    const home = findWorkload(plan, "b1").node === "h1" ? "h3" : "h1";
    const moved = await pinged(plan, async () => await labMove(plan.lab, "b1", home));
    demo.plan = knownLab(plan.lab).plan;
    await follows(demo.plan);
    await restarted(plan, "rr1", "reflector");
    await labReady(plan, { within: 20_000 });
    return `kill -9 on rr1: ${losses(result)}; b1 moved to ${home} by way of rr2: ${losses(moved)}; rr1 back`;
  },
};

/** Does something while b2 pings b1 every 10 ms, and goes on until answers come again. */
async function pinged(plan: LabPlan, during: () => Promise<void>): Promise<PingResult> {
  const to = address(findWorkload(plan, "b1"));
  const run = new RunningPing(findPlace(plan, "b2"), to);
  const answers = async (more: number): Promise<void> => {
    const had = run.received;
    await waitFor(`b2: answers of b1 (${to})`, () => run.received >= had + more, { within: 10_000, every: 10 });
  };
  try {
    await answers(50);
    await during();
    await answers(50);
  } catch (error) {
    await run.stop().catch(() => undefined);
    const { node } = findWorkload(knownLab(plan.lab).plan, "b1");
    throw new StepFailure(
      error instanceof Error ? error.message : String(error),
      [findWorkload(plan, "b2").node, node, "rr1", "rr2"],
      `weft lab exec ${plan.lab} b2 ping ${to}`,
    );
  }
  return await run.stop();
}

/** Every other host in b1's network sends to where b1 is now. */
async function follows(plan: LabPlan): Promise<void> {
  const b1 = findWorkload(plan, "b1");
  for (const node of ["h1", "h2", "h3", "f1"].filter((n) => n !== b1.node)) {
    const argv = ["bridge", "fdb", "show", "dev", `vx${b1.vni}`];
    await waitFor(
      `${node}: b1 at ${vtepOf(plan, "b1")}`,
      async () => {
        const rows = (await command(enter(placeOf(findMember(plan, node)), argv)))
          .split("\n")
          .filter((l) => l.startsWith(b1.mac) && l.includes(" dst "));
        return rows.length === 1 && rows[0]!.includes(` dst ${vtepOf(plan, "b1")} `);
      },
      { within: 5000 },
    ).catch((error: Error) => {
      throw new StepFailure(error.message, [node, b1.node], `weft lab exec ${plan.lab} ${node} ${argv.join(" ")}`);
    });
  }
}

async function killed(plan: LabPlan, member: string, component: WeftComponent): Promise<void> {
  await stopProcess(placeOf(findMember(plan, member)), component, "SIGKILL");
}

/** Milliseconds until it was ready. */
async function restarted(plan: LabPlan, member: string, component: WeftComponent): Promise<number> {
  const place = placeOf(findMember(plan, member));
  const begun = performance.now();
  await restartWeft(place, component);
  await weftReady(place, component, { every: 10 });
  return performance.now() - begun;
}

function losses(r: PingResult): string {
  return `${r.lost} of ${r.sent} packets lost${r.lost === 0 ? "" : ` (${r.longestGap} ms)`}`;
}

function nothingLost(r: PingResult, plan: LabPlan, member: string, component: WeftComponent): void {
  if (r.lost > 0)
    throw new StepFailure(
      `with the ${component} of ${member} killed, ${losses(r)}`,
      [member],
      `weft lab exec ${plan.lab} ${member} bridge monitor fdb`,
    );
}
