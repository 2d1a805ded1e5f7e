// SPDX-License-Identifier: Apache-2.0
/** Workloads that move between agents and FRR: what each leaf knows afterwards, and in which sequence. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { parseIp } from "../../../src/base/net/ip.ts";
import type { EventRow, MacRow } from "../../../src/contract/inspect.ts";
import { RunningPing, ping } from "../../../src/lab/measure/ping.ts";
import { inspect } from "../../../src/lab/peer/inspect.ts";
import { vtyshJson } from "../../../src/lab/peer/frr.ts";
import { weft, weftRunFolder } from "../../../src/lab/peer/weft.ts";
import { waitFor } from "../../../src/lab/system/wait-for.ts";
import { neighbours } from "../../harness/kernel-tables.ts";
import { Scratch } from "../../harness/scratch.ts";
import { Fabric, type Leaf, type Workload, bridge, vni } from "./fabric.ts";
import { addRoaming, roam } from "./roaming.ts";
import { answers, everybodyAnswers, tablesAreTrue } from "./truth.ts";

const net = new Scratch("evmove");
after(async () => await net.remove());

let fabric: Fabric;
before(async () => {
  fabric = await Fabric.up(net, {
    leaves: { h1: "adopt", h2: "own", h3: "own", f4: "frr", h5: "own" },
    reflectors: ["weft"],
    // These workloads move more often than a duplicate would.
    agent: { duplicateDetection: { moves: 1000 } },
  });
  for (const [i, leaf] of fabric.leaves.entries()) await fabric.add(i + 1, leaf);
  await everybodyAnswers(fabric, 1);
  await tablesAreTrue(fabric);
});

/** The MAC mobility sequence number that a leaf knows a MAC by. */
async function sequenceAt(leaf: Leaf, w: Workload): Promise<number | undefined> {
  if (leaf.kind !== "frr") {
    const rows = await inspect<readonly MacRow[]>(weftRunFolder(leaf.place), "/v1/evpn/macs");
    return rows.find((r) => r.mac === w.mac)?.sequence;
  }
  const rows = await vtyshJson<Readonly<Record<string, { readonly localSequence: number; readonly remoteSequence: number }>>>(
    leaf.place,
    `show evpn mac vni ${vni} mac ${w.mac}`,
  );
  const row = rows[w.mac];
  return w.at === leaf ? row?.localSequence : row?.remoteSequence;
}

async function sequenceIs(w: Workload, wanted: number): Promise<void> {
  for (const leaf of fabric.leaves) {
    await waitFor(`${leaf.name}: ${w.name} with sequence ${wanted}`, async () => {
      assert.equal(await sequenceAt(leaf, w), wanted);
      return true;
    });
  }
}

test("a MAC moves between agents and FRR, and every leaf knows the place and the same sequence", async () => {
  const { name } = await addRoaming(fabric, 10, fabric.leaf("h1"));
  await tablesAreTrue(fabric);
  for (const [i, to] of ["f4", "h1", "h2", "f4", "h3", "h2", "h1"].entries()) {
    const w = await roam(fabric, name, to);
    await answers(fabric.workload("w3"), w, 1);
    await tablesAreTrue(fabric);
    await sequenceIs(w, i + 1);
  }
});

test("a workload that is taken along with its link, announced once, has its addresses at every place", async () => {
  const { name } = await fabric.add(15, fabric.leaf("h1"));
  await tablesAreTrue(fabric);
  for (const to of ["h2", "h3", "h1", "f4", "h2", "h1"]) {
    await fabric.carry(name, to);
    await tablesAreTrue(fabric);
  }
  await answers(fabric.workload("w3"), fabric.workload(name));
});

test("a MAC that comes back with other addresses leaves none of the old ones behind", async () => {
  const { name } = await addRoaming(fabric, 20, fabric.leaf("h1"));
  await tablesAreTrue(fabric);
  for (const [i, to] of ["h2", "f4", "h1"].entries()) {
    await fabric.readdress(name, [parseIp(`192.168.1.${21 + i}`)!, parseIp(`fd00:1::${21 + i}`)!]);
    const w = await roam(fabric, name, to);
    await answers(fabric.workload("w3"), w, 1);
    await tablesAreTrue(fabric);
  }
});

test("a declared address goes from one MAC to another", async () => {
  const shared = [parseIp("192.168.1.33")!, parseIp("fd00:1::33")!];
  const own = new Map<string, Workload["ips"]>();
  for (const [n, at] of [
    [30, "h2"],
    [31, "h3"],
  ] as const) {
    const w = await fabric.add(n, fabric.leaf(at), { declared: true });
    own.set(w.name, w.ips);
  }
  for (const [next, before] of [
    ["w30", "w31"],
    ["w31", "w30"],
    ["w30", "w31"],
  ] as const) {
    await fabric.readdress(before, own.get(before)!);
    await fabric.readdress(next, [...own.get(next)!, ...shared]);
    await fabric.reconfigure(fabric.workload(before).at);
    await fabric.reconfigure(fabric.workload(next).at);
    fabric.announce(fabric.workload(next));
    await answers(fabric.workload("w4"), fabric.workload(next), 1);
    await tablesAreTrue(fabric);
  }
});

test("a declared workload lives on while it moves through three hosts and back", async () => {
  const { name } = await fabric.add(40, fabric.leaf("h2"), { declared: true });
  await tablesAreTrue(fabric);
  const run = new RunningPing(fabric.workload("w4").place, "192.168.1.40");
  for (const to of ["h3", "h5", "h3", "h2"]) {
    const had = run.received;
    const w = await fabric.carry(name, to);
    await waitFor(`answers from ${to}`, () => run.received > had + 10);
    await tablesAreTrue(fabric);
    assert.equal((await ping(fabric.workload("w3").place, w.ips[1]!, { count: 10 })).lost, 0);
  }
  const { sent, received } = await run.stop();
  assert.ok(received > 40, `${received} of ${sent} answered`);
});

/** What of the events of an agent is about a MAC. */
async function eventsOf(leaf: Leaf, w: Workload): Promise<readonly string[]> {
  const { stdout } = await weft(leaf.place, ["events", "-o", "json"]);
  return stdout.split("\n").flatMap((l) => (l.includes(w.mac) ? [(JSON.parse(l) as EventRow).event] : []));
}

test("a sticky MAC of an agent stays where it is, whoever claims it", async () => {
  const w = await fabric.add(50, fabric.leaf("h2"), { declared: true, sticky: true });
  await tablesAreTrue(fabric);
  for (const [thief, at] of [
    ["thief1", "h1"],
    ["thief4", "f4"],
  ] as const) {
    const other = await net.workload(thief, fabric.leaf(at).place, `p-${thief}`, bridge, w.mac, ["192.168.1.51/24"]);
    await ping(other, "192.168.1.3", { count: 2 });
    await answers(fabric.workload("w3"), w, 3);
    // FRR keeps such a claim to itself.
    if (at === "h1")
      await waitFor(`${at}: an event says so`, async () => (await eventsOf(fabric.leaf(at), w)).includes("evpn.sticky-conflict"));
    await net.ip(other, ["link del eth0"]);
    await tablesAreTrue(fabric);
  }
  assert.equal(
    (await inspect<readonly MacRow[]>(weftRunFolder(fabric.leaf("h3").place), "/v1/evpn/macs")).find((r) => r.mac === w.mac)?.sticky,
    true,
  );
});

test("a sticky MAC of FRR stays where it is, whoever claims it", async () => {
  const f4 = fabric.leaf("f4");
  const w = await fabric.add(60, f4, { sticky: true });
  await net.run(f4.place, ["bridge", "fdb", "replace", w.mac, "dev", w.port, "master", "static", "sticky"]);
  await waitFor("h1: the MAC is sticky", async () =>
    (await inspect<readonly MacRow[]>(weftRunFolder(fabric.leaf("h1").place), "/v1/evpn/macs")).some((r) => r.mac === w.mac && r.sticky),
  );
  await tablesAreTrue(fabric);
  for (const [thief, at] of [
    ["thief2", "h2"],
    ["thief5", "h1"],
  ] as const) {
    const other = await net.workload(thief, fabric.leaf(at).place, `p-${thief}`, bridge, w.mac, ["192.168.1.61/24"]);
    await ping(other, "192.168.1.3", { count: 2 });
    await answers(fabric.workload("w3"), w, 3);
    await waitFor(`${at}: an event says so`, async () => (await eventsOf(fabric.leaf(at), w)).includes("evpn.sticky-conflict"));
    await net.ip(other, ["link del eth0"]);
    await tablesAreTrue(fabric);
  }
});

test("what a kernel learned of a MAC that is elsewhere is gone at once; what an administrator wrote stays", async () => {
  const { mac } = fabric.workload("w3");
  for (const name of ["h1", "h2"]) {
    const { place } = fabric.leaf(name);
    const put = (ip: string, state: string): string => `neigh replace ${ip} lladdr ${mac} dev ${bridge} nud ${state}`;
    await net.ip(place, [put("192.168.1.81", "stale"), put("fd00:1::81", "stale"), put("192.168.1.82", "permanent")]);
    const left = (): Promise<readonly string[]> =>
      neighbours(place, bridge).then((all) => all.flatMap((n) => (n.dst.endsWith("81") || n.dst.endsWith("82") ? [n.dst] : [])));
    await waitFor(`${name}: only what was written`, async () => {
      assert.deepEqual(await left(), ["192.168.1.82"]);
      return true;
    });
    await net.ip(place, [`neigh del 192.168.1.82 dev ${bridge}`]);
  }
  await tablesAreTrue(fabric);
});
