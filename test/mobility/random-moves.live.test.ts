// SPDX-License-Identifier: Apache-2.0
/**
 * Workloads that move at random between agents and FRR: after each move every leaf's tables are the truth, with nothing left over.
 * `WEFT_MOVES=1000` makes more of them, `WEFT_SEED=N` or `random` others.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Mac } from "../../src/base/net/mac.ts";
import { parseIp } from "../../src/base/net/ip.ts";
import { vtysh } from "../../src/lab/peer/frr.ts";
import { weft, weftReady, restartWeft } from "../../src/lab/peer/weft.ts";
import { stopProcess } from "../../src/lab/system/managed-process.ts";
import { Scratch } from "../harness/scratch.ts";
import { bridge, Fabric, type Workload } from "../interop/evpn/fabric.ts";
import { addRoaming, roam } from "../interop/evpn/roaming.ts";
import { everybodyAnswers, tablesAreTrue } from "../interop/evpn/truth.ts";
import { Dice, seedOfTests } from "../harness/dice.ts";

const moves = Number(process.env["WEFT_MOVES"] ?? 60);
const dice = new Dice(seedOfTests());
/** So many moves are made while one reflector is dead, and so many then while both live. */
const [without, between] = [8, 12];

const net = new Scratch("mobrnd");
after(async () => await net.remove());

let fabric: Fabric;
const roamers: string[] = [];
const carried: string[] = [];
const shared = [parseIp("192.168.1.200")!, parseIp("fd00:1::200")!];
let holder: string;
const lapses: string[] = [];

before(async () => {
  fabric = await Fabric.up(net, {
    leaves: { h1: "own", h2: "own", h3: "adopt", f4: "frr" },
    reflectors: ["weft", "weft"],
    agent: { duplicateDetection: { moves: 1000 } },
  });
  const at = (): Fabric["leaves"][number] => dice.one(fabric.leaves);
  for (const n of [10, 11, 12]) roamers.push((await addRoaming(fabric, n, at())).name);
  for (const n of [15, 16, 17]) carried.push((await fabric.add(n, at())).name);
  for (const n of [40, 41]) carried.push((await fabric.add(n, fabric.leaf("h1"), { declared: true })).name);
  holder = (await fabric.add(30, fabric.leaf("h1"))).name;
  await fabric.add(31, fabric.leaf("h2"));
  await fabric.add(32, fabric.leaf("h3"));
  await fabric.readdress(holder, [...fabric.workload(holder).ips, ...shared]);
  fabric.announce(fabric.workload(holder));
  await tablesAreTrue(fabric);
});

/** Another leaf than the one where it is. */
function elsewhere(name: string): string {
  return dice.one(fabric.leaves.filter((l) => l !== fabric.workload(name).at)).name;
}

async function roamSomebody(name = dice.one(roamers)): Promise<string> {
  const to = elsewhere(name);
  await roam(fabric, name, to);
  return `${name} roams to ${to}`;
}

async function carrySomebody(name = dice.one(carried)): Promise<string> {
  const to = elsewhere(name);
  await fabric.carry(name, to);
  return `${name} is carried to ${to}`;
}

/** The MAC goes on elsewhere, and has other addresses there. */
async function roamWithOtherAddress(): Promise<string> {
  const name = dice.one(roamers);
  const n = Number(name.slice(1));
  const host = 100 + 2 * (n - 10) + dice.below(2);
  const ips = [`192.168.1.${host}`, `fd00:1::${host}`];
  await fabric.readdress(
    name,
    ips.map((ip) => parseIp(ip)!),
  );
  return `${await roamSomebody(name)} as ${ips.join(", ")}`;
}

/** Addresses go to another MAC, on another host, while both stay. */
async function handOver(): Promise<string> {
  const next = dice.one(["w30", "w31", "w32"].filter((name) => name !== holder));
  const own = (w: Workload): Workload["ips"] => fabric.identity(Number(w.name.slice(1))).ips;
  await fabric.readdress(holder, own(fabric.workload(holder)));
  await fabric.readdress(next, [...own(fabric.workload(next)), ...shared]);
  fabric.announce(fabric.workload(next));
  const text = `${shared.join(", ")} go from ${holder} to ${next}`;
  holder = next;
  return text;
}

async function twoAtOnce(): Promise<string> {
  return (await Promise.all([roamSomebody(), carrySomebody(dice.one(["w15", "w16", "w17"]))])).join(" while ");
}

/** Announces itself again and again meanwhile, as hypervisors have their guests do. */
let insistent: string | undefined;

/** There and back before anybody can know: what it said here may be older than what they say there, so it has to say it again. */
async function thereAndBack(): Promise<string> {
  const name = dice.one(roamers);
  const home = fabric.workload(name).at.name;
  const first = await roamSomebody(name);
  await roam(fabric, name, home);
  insistent = name;
  return `${first} and back to ${home} at once`;
}

/** What agents think that their kernels lack, and what they noted last; what FRR believes, and what it heard. */
async function whatLeavesSay(): Promise<string> {
  const texts: string[] = [];
  for (const { name, kind, place } of fabric.leaves) {
    if (kind === "frr") {
      texts.push(`${name}: ${await vtysh(place, "show evpn mac vni all")}${await vtysh(place, "show bgp l2vpn evpn")}`);
      continue;
    }
    const events = (await weft(place, ["events"])).stdout.trimEnd().split("\n").slice(-5);
    const addresses = await net.run(place, ["ip", "neigh", "show", "dev", bridge]);
    const macs = await net.run(place, ["bridge", "fdb", "show", "br", bridge]);
    texts.push(`${name}: ${(await weft(place, ["kernel", "diff"])).stdout}${addresses}${macs}${events.join("\n")}`);
  }
  return texts.join("\n");
}

/** Tables are the truth; what FRR forgot moves on, which it notices. */
async function settled(): Promise<void> {
  for (;;) {
    const lost = new Set<Mac>();
    await tablesAreTrue(fabric, fabric.leaves, lost);
    if (lost.size === 0) return;
    for (const w of [...fabric.workloads.values()].filter((one) => lost.has(one.mac))) {
      lapses.push(w.name);
      insistent = undefined;
      if (roamers.includes(w.name)) await roamSomebody(w.name);
      else await fabric.carry(w.name, elsewhere(w.name));
    }
  }
}

const kinds = [roamSomebody, roamSomebody, carrySomebody, carrySomebody, roamWithOtherAddress, handOver, twoAtOnce, thereAndBack];

test(`${moves} moves of every kind leave true tables everywhere`, { timeout: Math.max(180_000, moves * 5000) }, async (t) => {
  t.diagnostic(`WEFT_SEED=${dice.seed}`);
  const done: string[] = [];
  const again = setInterval(() => insistent !== undefined && fabric.announce(fabric.workload(insistent)), 500);
  t.after(() => clearInterval(again));
  const dead = fabric.reflectors[0]!;
  for (let i = 0; i < moves; i++) {
    if (i > 0 && i % 50 === 0) console.log(`${i} moves`);
    const phase = i % (without + between);
    if (phase === between) await stopProcess(dead.place, "reflector", "SIGKILL");
    if (phase === 0 && i > 0) {
      await restartWeft(dead.place, "reflector");
      await weftReady(dead.place, "reflector");
    }
    const kind = dice.one(kinds);
    try {
      insistent = undefined;
      done.push(await kind());
      await settled();
    } catch (e) {
      const what = `move ${i} (${kind.name}) of WEFT_SEED=${dice.seed}, after:\n${done.slice(-8).join("\n")}`;
      throw new Error(`${what}\n${await whatLeavesSay()}`, { cause: e });
    }
  }
  await everybodyAnswers(fabric, 1);
  t.diagnostic(`${lapses.length} times FRR forgot a MAC`);
  assert.ok(lapses.length <= 2 + moves / 100, `FRR forgot ${lapses.join(" ")}: too often to be its doing alone`);
});

test("no agent repaired, refused or gave up anything meanwhile", async () => {
  for (const leaf of fabric.leaves) {
    if (leaf.kind === "frr") continue;
    const { stdout } = await weft(leaf.place, ["metrics"]);
    for (const name of ["weft_kernel_objects_failing", "weft_kernel_objects_pending"])
      assert.match(stdout, new RegExp(`^${name} 0$`, "m"), `${leaf.name}: ${name}`);
  }
});
