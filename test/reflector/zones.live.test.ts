// SPDX-License-Identifier: Apache-2.0
/** The labs with two zones, iBGP and eBGP between them: one zone is cut off, both go on by themselves, and find together again. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { parseLabTopology } from "../../src/contract/config/load.ts";
import type { PeerRow, RouteRow, RoutesReply } from "../../src/contract/inspect.ts";
import { labDown } from "../../src/lab/down.ts";
import { labCut, labHeal } from "../../src/lab/fault/impair.ts";
import { findPlace } from "../../src/lab/find.ts";
import { ping, reaches } from "../../src/lab/measure/ping.ts";
import { placeOf } from "../../src/lab/member/place-of.ts";
import { labMove } from "../../src/lab/move.ts";
import { inspect } from "../../src/lab/peer/inspect.ts";
import { weftRunFolder } from "../../src/lab/peer/weft.ts";
import type { LabPlan, PlannedMember } from "../../src/lab/plan/plan.ts";
import { knownLab, labNames } from "../../src/lab/state/lab-record.ts";
import { labReady } from "../../src/lab/status.ts";
import { tryCommand } from "../../src/lab/system/command.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { labUp } from "../../src/lab/up.ts";

const patient = { within: 60_000, every: 200 };
const labs = ["zt-ibgp", "zt-ebgp"];
after(async () => {
  for (const lab of labs) if (labNames().includes(lab)) await labDown(lab);
});

async function up(file: string, name: string): Promise<LabPlan> {
  const text = readFileSync(path.join(import.meta.dirname, "../../lab", file), "utf8").replace(/^name: .*$/m, `name: ${name}`);
  const plan = await labUp(parseLabTopology(text, file));
  await labReady(plan, patient);
  return plan;
}

const reflectors = (plan: LabPlan): readonly PlannedMember[] => plan.members.filter((m) => m.role === "reflector");
const nodes = (plan: LabPlan): readonly PlannedMember[] => plan.members.filter((m) => m.role === "node");

async function bestRoutes(m: PlannedMember): Promise<readonly RouteRow[]> {
  return (await inspect<RoutesReply>(weftRunFolder(placeOf(m)), "/v1/bgp/routes?best=1&limit=100000")).rows;
}

async function peers(m: PlannedMember): Promise<readonly PeerRow[]> {
  return await inspect<readonly PeerRow[]>(weftRunFolder(placeOf(m)), "/v1/bgp/peers");
}

/** Where each workload's MAC is, as `mac loopback`: what every table has to come to. */
function truth(plan: LabPlan): readonly string[] {
  const at = (node: string): string => plan.members.find((m) => m.name === node)!.loopback;
  return plan.workloads.map((w) => `${w.mac} ${at(w.node)}`).toSorted((a, b) => a.localeCompare(b));
}

/** What the kernel of a VTEP holds of the workloads of others. */
async function forwarding(m: PlannedMember): Promise<readonly string[]> {
  const { stdout } = await tryCommand(["bridge", "-netns", m.namespace, "-json", "fdb", "show", "dev", "vx100"]);
  const rows = JSON.parse(stdout) as readonly { readonly mac: string; readonly dst?: string }[];
  const remote = rows.filter((r) => r.dst !== undefined && r.mac !== "00:00:00:00:00:00").map((r) => `${r.mac} ${r.dst!}`);
  return [...new Set(remote)].toSorted((a, b) => a.localeCompare(b));
}

/** Every reflector has the truth, with the route targets of its own AS and no AS twice in a path, and every kernel has it. */
async function tablesAreTrue(plan: LabPlan): Promise<void> {
  for (const r of reflectors(plan)) {
    await waitFor(
      `${r.name} to have the truth`,
      async () => {
        const rows = await bestRoutes(r);
        const macs = new Set(rows.filter((row) => row.mac !== null).map((row) => `${row.mac} ${row.nextHop}`));
        assert.deepEqual(
          [...macs].toSorted((a, b) => a.localeCompare(b)),
          truth(plan),
        );
        const flooding = rows.filter((row) => row.type === 3).map((row) => row.nextHop);
        assert.deepEqual(
          flooding.toSorted(),
          nodes(plan)
            .map((n) => n.loopback as string)
            .toSorted(),
        );
        for (const row of rows) {
          assert.deepEqual(row.routeTargets, [`${r.asn}:100`], row.route);
          const asns = row.asPath.split(" ").filter((a) => a !== "");
          assert.ok(new Set(asns).size === asns.length && !asns.includes(String(r.asn)), `${row.route}: ${row.asPath}`);
        }
        return true;
      },
      patient,
    );
  }
  for (const n of nodes(plan)) {
    const remote = truth(plan).filter((t) => !t.endsWith(` ${n.loopback}`));
    await waitFor(`${n.name} to forward by the truth`, async () => (assert.deepEqual(await forwarding(n), remote), true), patient);
  }
}

/** Nothing goes round: with nobody announcing anything the reflectors have nothing to say. */
async function quiet(plan: LabPlan): Promise<void> {
  let before = "";
  await waitFor(
    "reflectors to have said everything",
    async () => {
      const now = JSON.stringify(await Promise.all(reflectors(plan).map(async (r) => (await peers(r)).map((p) => p.updatesIn))));
      const same = now === before;
      before = now;
      return same;
    },
    { within: 60_000, every: 2_000 },
  );
}

async function between(plan: LabPlan): Promise<readonly string[]> {
  const list: string[] = [];
  for (const r of reflectors(plan)) {
    const others = reflectors(plan).filter((o) => o.zone !== r.zone);
    for (const p of await peers(r)) if (others.some((o) => o.loopback === p.peer)) list.push(p.state);
  }
  return list;
}

async function crosses(plan: LabPlan, from: string, to: string): Promise<boolean> {
  return await reaches(findPlace(plan, from), plan.workloads.find((w) => w.name === to)!.ips[0]!.ip);
}

for (const [variant, file, lab] of [
  ["iBGP with clusters of their own", "two-zones.yaml", "zt-ibgp"],
  ["eBGP with rewritten route targets", "two-zones-ebgp.yaml", "zt-ebgp"],
] as const) {
  test(`two zones, ${variant}: one is cut off, both go on, and find together again`, async () => {
    let plan = await up(file, lab);
    await tablesAreTrue(plan);
    await quiet(plan);
    for (const [from, to] of [
      ["b1", "b3"],
      ["b4", "b2"],
    ] as const)
      await waitFor(`${from} to reach ${to}`, async () => await crosses(plan, from, to), patient);

    assert.deepEqual([...(await labCut(lab, "west"))].toSorted(), ["s1-s3", "s2-s4"]);
    await waitFor("sessions between the zones to end", async () => (await between(plan)).every((s) => s !== "established"), patient);
    assert.equal(await crosses(plan, "b1", "b3"), false);
    assert.equal((await ping(findPlace(plan, "b1"), "192.168.1.12", { count: 20 })).lost, 0);
    assert.equal((await ping(findPlace(plan, "b3"), "192.168.1.14", { count: 20 })).lost, 0);
    await labMove(lab, "b1", "h2");
    await labMove(lab, "b2", "h1");
    plan = knownLab(lab).plan;
    await waitFor("b1 to reach b2 at its new place", async () => await crosses(plan, "b1", "b2"), patient);
    for (const r of reflectors(plan).filter((m) => m.zone === "east")) {
      const b1 = plan.workloads.find((w) => w.name === "b1")!;
      const at = plan.members.find((m) => m.name === "h2")!.loopback;
      await waitFor(
        `${r.name} to know of the move`,
        async () => (await bestRoutes(r)).some((row) => row.mac === b1.mac && row.nextHop === at),
        patient,
      );
    }

    await labHeal(lab, "west");
    await waitFor("sessions between the zones", async () => (await between(plan)).every((s) => s === "established"), patient);
    await tablesAreTrue(plan);
    await quiet(plan);
    for (const [from, to] of [
      ["b3", "b1"],
      ["b2", "b4"],
    ] as const)
      await waitFor(`${from} to reach ${to}`, async () => await crosses(plan, from, to), patient);
    await labDown(lab);
  });
}
