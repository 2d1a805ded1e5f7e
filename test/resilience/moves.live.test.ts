// SPDX-License-Identifier: Apache-2.0
/** A workload that is moved again and again with `weft lab move`: after each move no host keeps anything stale about it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { parseLabTopology } from "../../src/contract/config/load.ts";
import { labDown } from "../../src/lab/down.ts";
import { findPlace, findWorkload } from "../../src/lab/find.ts";
import { reaches, RunningPing } from "../../src/lab/measure/ping.ts";
import { labMove } from "../../src/lab/move.ts";
import type { LabPlan, PlannedMember, PlannedWorkload } from "../../src/lab/plan/plan.ts";
import { knownLab, labNames } from "../../src/lab/state/lab-record.ts";
import { labReady } from "../../src/lab/status.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { labUp } from "../../src/lab/up.ts";
import { Dice, seedOfTests } from "../harness/dice.ts";
import { fdb, neighbours } from "../harness/kernel-tables.ts";
import { eventsOf } from "./pair.ts";

/** A longer run: `WEFT_LONG=1`. */
const moves = process.env["WEFT_LONG"] === undefined ? 16 : 100;
const lab = "rs-moves";
const dice = new Dice(seedOfTests());
let plan: LabPlan;

after(async () => {
  if (labNames().includes(lab)) await labDown(lab);
});

before(async () => {
  const topology = `
name: ${lab}
underlay: { spines: 1, routing: static }
reflectors: [rr1]
nodes: { h1: { kind: weft }, h2: { kind: weft }, h3: { kind: weft }, f4: { kind: frr } }
networks: { blue: { vni: 100 } }
workloads:
  b1: { node: h1, network: blue, ip: [192.168.1.11/24, "fd00:1::11/64"] }
  b2: { node: h2, network: blue, ip: [192.168.1.12/24, "fd00:1::12/64"] }
`;
  plan = await labUp(parseLabTopology(topology, `${lab}.yaml`));
  await labReady(plan);
  await waitFor("b1 to reach b2", async () => await reaches(findPlace(plan, "b1"), "192.168.1.12"));
});

test("nobody is said to have changed a bridge when ports were attached", async () => {
  for (const node of ["h1", "h2"]) {
    const repaired = (await eventsOf(findPlace(plan, node))).filter((e) => e.event === "kernel.repaired");
    assert.deepEqual(repaired, []);
  }
});

test(`${moves} moves between three agents and FRR leave nothing stale behind`, async () => {
  const nodes = ["h2", "h3", "f4", "h1", "f4", "h3", "h1", "h2"];
  for (let move = 0; move < moves; move++) {
    const to = nodes[move % nodes.length]!;
    // With and without an announcement: declared ports need none.
    await labMove(lab, "b1", to, { announce: move % 3 !== 2 || to === "f4" });
    await nothingWrong(`move ${move} to ${to}`);
    await waitFor(`move ${move} to ${to}: b2 to reach b1`, async () => await reaches(findPlace(plan, "b2"), "192.168.1.11"));
    await nothingWrong(`after move ${move} to ${to}`);
  }
});

test("moves faster than anybody can follow, under traffic both ways, leave nothing stale behind either", async () => {
  const pings = [new RunningPing(findPlace(plan, "b1"), "192.168.1.12"), new RunningPing(findPlace(plan, "b2"), "192.168.1.11")];
  for (let burst = 0; burst < moves / 4; burst++) {
    const order = dice.shuffled(["h1", "h2", "h3", "f4"]);
    for (const to of order) await labMove(lab, "b1", to);
    await nothingWrong(`burst ${burst}: ${order.join(" ")}`);
  }
  for (const running of pings) assert.ok((await running.stop()).received > 0);
});

async function nothingWrong(when: string): Promise<void> {
  const now = knownLab(lab).plan;
  const w = findWorkload(now, "b1");
  for (const m of now.members.filter((one) => one.role === "node" && one.kind === "weft")) {
    await waitFor(`${when}: ${m.name}`, async () => {
      assert.deepEqual(await wrongAt(now, m, w), []);
      return true;
    });
  }
}

/** What a host has about a workload and should not have, or lacks. */
async function wrongAt(now: LabPlan, m: PlannedMember, w: PlannedWorkload): Promise<readonly string[]> {
  const place = findPlace(now, m.name);
  const here = w.node === m.name;
  const vtep = now.members.find((one) => one.name === w.node)!.loopback;
  const wanted = here ? [`${w.port} master br100`] : [`vx100 dst ${vtep} extern_learn`, "vx100 master br100 extern_learn"];
  const rows = (await fdb(place)).filter((r) => r.mac === w.mac);
  const found = rows.map((r) => {
    const where = r.dst === undefined ? `master ${r.master ?? "none"}` : `dst ${r.dst}`;
    return `${r.ifname} ${where}${r.flags.includes("extern_learn") ? " extern_learn" : ""}`;
  });
  // A declared port's MAC may not have been heard yet; then frames for it are flooded.
  const missing = here ? [] : wanted.filter((line) => !found.includes(line)).map((line) => `lacks ${line}`);
  const surplus = found.filter((line) => !wanted.includes(line));
  const ips = new Set(w.ips.map((p) => p.ip as string));
  const entries = (await neighbours(place, "br100")).filter((n) => ips.has(n.dst));
  const stale = entries.filter((n) => n.lladdr !== undefined && here === n.state.includes("NOARP"));
  return [...missing, ...surplus, ...stale.map((n) => `neighbour ${n.dst} ${n.state.join()}`)];
}
