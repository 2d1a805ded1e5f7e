// SPDX-License-Identifier: Apache-2.0
/** Agents and an FRR VTEP in one fabric, behind each kind of reflector: routes, forwarding entries and moves in every direction. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { parseLabTopology } from "../../src/contract/config/load.ts";
import { labDown } from "../../src/lab/down.ts";
import { findMember, findPlace, findWorkload } from "../../src/lab/find.ts";
import { RunningPing, ping, reaches } from "../../src/lab/measure/ping.ts";
import { placeOf } from "../../src/lab/member/place-of.ts";
import { labMove } from "../../src/lab/move.ts";
import { vtyshJson } from "../../src/lab/peer/frr.ts";
import type { LabPlan } from "../../src/lab/plan/plan.ts";
import { knownLab, labNames } from "../../src/lab/state/lab-record.ts";
import { labReady } from "../../src/lab/status.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { labUp } from "../../src/lab/up.ts";
import { fdb, floodList, neighbourMac } from "../harness/kernel-tables.ts";

const kinds = ["weft", "frr", "gobgp"] as const;
after(async () => {
  for (const kind of kinds) if (labNames().includes(`ir-${kind}`)) await labDown(`ir-${kind}`);
});

const nodes = ["h1", "h2", "f1"] as const;

async function up(kind: (typeof kinds)[number]): Promise<LabPlan> {
  const plan = await labUp(
    parseLabTopology(
      `
name: ir-${kind}
underlay: { spines: 2, routing: static }
reflectors: [{ name: rr1, kind: ${kind} }]
nodes: { h1: { kind: weft }, h2: { kind: weft }, f1: { kind: frr } }
networks: { blue: { vni: 100 } }
workloads:
  w1: { node: h1, network: blue, ip: [192.168.1.11/24, "fd00:1::11/64"] }
  w2: { node: h2, network: blue, ip: [192.168.1.12/24, "fd00:1::12/64"] }
  w3: { node: f1, network: blue, ip: [192.168.1.13/24, "fd00:1::13/64"] }
`,
      "reflectors",
    ),
  );
  await labReady(plan);
  return plan;
}

/** Every other node sends to where a workload is, and only there; the node it is on has it behind its port. */
async function everybodyFollows(lab: string, workload: string): Promise<void> {
  const { plan } = knownLab(lab);
  const w = findWorkload(plan, workload);
  const vtep = findMember(plan, w.node).loopback;
  for (const node of nodes) {
    await waitFor(`${node}: ${workload} at ${w.node}`, async () => {
      const rows = (await fdb(placeOf(findMember(plan, node)))).filter((r) => r.mac === w.mac);
      const remote = rows.flatMap((r) => (r.dst === undefined ? [] : [r.dst]));
      if (node !== w.node) return remote.join() === vtep;
      // FRR may leave the entry of its VXLAN device behind when a MAC becomes local; the bridge no longer asks it.
      const local = rows.some((r) => r.ifname === w.port) && !rows.some((r) => r.ifname === "vx100" && r.dst === undefined);
      return local && (node === "f1" || remote.length === 0);
    });
  }
}

for (const kind of kinds) {
  test(`through a ${kind} reflector, agents and FRR forward to each other and follow moves`, async () => {
    const plan = await up(kind);
    const place = (name: string) => placeOf(findMember(plan, name));
    for (const node of nodes) {
      const others = nodes.filter((n) => n !== node).map((n) => findMember(plan, n).loopback);
      await waitFor(`${node}: its flood list`, async () => (await floodList(place(node), "vx100")).join() === others.toSorted().join());
    }
    for (const [from, to] of [
      ["w1", "w2"],
      ["w1", "w3"],
      ["w2", "w3"],
      ["w3", "w1"],
    ] as const) {
      for (const { ip } of findWorkload(plan, to).ips) {
        await waitFor(`${from} to reach ${ip}`, async () => await reaches(findPlace(plan, from), ip));
        assert.equal((await ping(findPlace(plan, from), ip, { count: 10 })).lost, 0, `${from} to ${ip}`);
      }
    }
    for (const w of ["w1", "w2", "w3"]) await everybodyFollows(plan.lab, w);

    // Addresses travel with the MACs, both ways.
    const [w1, w3] = [findWorkload(plan, "w1"), findWorkload(plan, "w3")];
    for (const { ip } of w1.ips) await waitFor(`f1: ${ip}`, async () => (await neighbourMac(place("f1"), "br100", ip)) === w1.mac);
    await waitFor("h1: w3's IPv4 address", async () => (await neighbourMac(place("h1"), "br100", w3.ips[0]!.ip)) === w3.mac);
    const vni = await vtyshJson<{ readonly numRemoteVteps: readonly string[] }>(place("f1"), "show evpn vni 100");
    assert.deepEqual(vni.numRemoteVteps.toSorted(), ["10.99.1.1", "10.99.1.2"]);

    // Between two agents, from an agent to FRR and on to another agent, and home.
    for (const to of ["h2", "f1", "h2", "h1", "f1", "h1"]) {
      const run = new RunningPing(findPlace(plan, "w3"), w1.ips[0]!.ip);
      await waitFor("answers before the move", () => run.received > 5);
      await labMove(plan.lab, "w1", to);
      const had = run.received;
      await waitFor(`answers from ${to}`, () => run.received > had + 5);
      await run.stop();
      await everybodyFollows(plan.lab, "w1");
    }
    await labDown(plan.lab);
  });
}
