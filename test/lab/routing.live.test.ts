// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { labDown } from "../../src/lab/down.ts";
import { labCut, labHeal, labLoss } from "../../src/lab/fault/impair.ts";
import { findPlace } from "../../src/lab/find.ts";
import { overlayCount, watchOverlay } from "../../src/lab/measure/overlay-watch.ts";
import { RunningPing, ping, reaches } from "../../src/lab/measure/ping.ts";
import { labMove } from "../../src/lab/move.ts";
import { labList, labReady, labStatus } from "../../src/lab/status.ts";
import { labNames } from "../../src/lab/state/lab-record.ts";
import { command } from "../../src/lab/system/command.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { labUp } from "../../src/lab/up.ts";
import { frrTopology } from "./frr-topology.ts";
import { tracesOf } from "./traces-of.ts";

const labs = ["lt-static", "lt-bgp", "lt-ospf"] as const;
after(async () => {
  for (const lab of labs) if (labNames().includes(lab)) await labDown(lab);
});

/** Spines that a node's route to another node leads over. */
async function nextHops(namespace: string, to: string): Promise<number> {
  return (await command(["ip", "-n", namespace, "route", "show", "to", "match", to])).split("dev to-s").length - 1;
}

for (const [lab, routing] of [
  ["lt-static", "static"],
  ["lt-bgp", "frr-bgp"],
  ["lt-ospf", "frr-ospf"],
] as const) {
  test(`${routing}: a fabric carries its tenants apart and leaves nothing behind`, async () => {
    const plan = await labUp(frrTopology(lab, routing));
    await labReady(plan);
    await waitFor(`${lab}: both spines in use`, async () => (await nextHops(`${lab}-h1`, "10.99.1.2")) === 2);
    const b2 = findPlace(plan, "b2");
    await waitFor("b1 to answer b2", async () => await reaches(b2, "192.168.1.11"));
    assert.equal((await ping(b2, "192.168.1.11", { count: 50 })).lost, 0);
    assert.equal((await ping(findPlace(plan, "r1"), "192.168.1.12", { count: 3 })).received, 0, "red does not reach blue");
    // The largest inner packet goes through unfragmented.
    assert.equal((await ping(b2, "192.168.1.11", { count: 3, size: 1472 })).lost, 0);
    const status = (await labList()).find((l) => l.lab === lab);
    assert.deepEqual(status?.members.find((m) => m.name === "h1")?.sessions, { established: 1, configured: 1 });
    assert.ok(status.members.flatMap((m) => m.processes).every((p) => p.running));
    await labDown(lab);
    assert.deepEqual(tracesOf(lab), []);
  });
}

test("a lab moves workloads, counts frames, cuts and impairs links", async () => {
  const lab = "lt-bgp";
  const plan = await labUp(frrTopology(lab, "frr-bgp"));
  await labReady(plan);
  const b2 = findPlace(plan, "b2");
  await waitFor("b1 to answer b2", async () => await reaches(b2, "192.168.1.11"));
  await waitFor("both spines in use", async () => (await nextHops(`${lab}-h2`, "10.99.1.1")) === 2);

  await watchOverlay(plan);
  assert.equal((await ping(b2, "192.168.1.11", { count: 10 })).lost, 0);
  const seen = await overlayCount(plan);
  assert.ok(seen.frames >= 20, `10 requests and 10 answers crossed the spines, counted ${seen.frames}`);

  const moving = new RunningPing(b2, "192.168.1.11");
  await waitFor("answers before the move", () => moving.received > 10);
  await labMove(lab, "b1", "h2");
  assert.equal((await labStatus(lab)).workloads.find((w) => w.name === "b1")?.node, "h2");
  await labMove(lab, "b1", "h1");
  const arrived = moving.received;
  await waitFor("answers after the move", () => moving.received > arrived + 10);
  assert.ok((await moving.stop()).received > 20);

  assert.deepEqual(await labCut(lab, "s1", "silent"), ["s1-rr1", "s1-h1", "s1-h2"]);
  await waitFor("traffic to go over s2 alone", async () => (await ping(b2, "192.168.1.11")).lost === 0);
  assert.deepEqual(await labCut(lab, "s2-h2", "unplug"), ["s2-h2"]);
  await waitFor("h2 to be cut off", async () => (await ping(b2, "192.168.1.11")).received === 0);
  assert.deepEqual((await labStatus(lab)).faults.unplugged, ["s2-h2"]);
  await labHeal(lab, "all");
  await waitFor("traffic again", async () => (await ping(b2, "192.168.1.11")).lost === 0);

  await labLoss(lab, "h2", 50);
  const lossy = await ping(b2, "192.168.1.11", { count: 100 });
  // A request and an answer each pass one impaired link: a quarter gets through; BFD may even take the links away.
  assert.ok(lossy.lost >= 40, `half of each direction is lost, but only ${lossy.lost} of 100 were`);
  await labLoss(lab, "h2", 0);
  await waitFor("traffic again", async () => (await ping(b2, "192.168.1.11")).lost === 0);
  await assert.rejects(labCut(lab, "s9"), /no link, node or zone s9; it has: s1, s2/);
  await assert.rejects(labMove(lab, "b1", "s1"), /s1 switches nothing/);
  await labDown(lab);
  assert.deepEqual(tracesOf(lab), []);
});
