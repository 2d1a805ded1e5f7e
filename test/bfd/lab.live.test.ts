// SPDX-License-Identifier: Apache-2.0
/** BFD between loopbacks of a fabric, where FRR's bfdd already watches the links of every host. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { parseLabTopology } from "../../src/contract/config/load.ts";
import { labDown } from "../../src/lab/down.ts";
import { labCut, labHeal } from "../../src/lab/fault/impair.ts";
import { findMember, findPlace } from "../../src/lab/find.ts";
import { reaches } from "../../src/lab/measure/ping.ts";
import { placeOf } from "../../src/lab/member/place-of.ts";
import type { LabPlan } from "../../src/lab/plan/plan.ts";
import { labNames } from "../../src/lab/state/lab-record.ts";
import { labReady } from "../../src/lab/status.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { labUp } from "../../src/lab/up.ts";
import { vtepOf } from "../harness/kernel-tables.ts";
import { frrBfd } from "./frr-pair.ts";
import { bfdRows } from "./watched-hosts.ts";

const lab = "bfd-lab";
after(async () => {
  if (labNames().includes(lab)) await labDown(lab);
});

let plan: LabPlan;
before(async () => {
  const topology = `
name: ${lab}
underlay: { spines: 2, routing: frr-ospf }
bfd: true
reflectors: [rr1, { name: rr2, kind: frr }]
nodes: { h1: { kind: weft }, h2: { kind: weft }, f1: { kind: frr } }
networks: { blue: { vni: 100 } }
workloads:
  w1: { node: h1, network: blue, ip: 192.168.1.11/24 }
  w2: { node: h2, network: blue, ip: 192.168.1.12/24 }
`;
  plan = await labUp(parseLabTopology(topology, "bfd"));
  await labReady(plan);
});

const loopback = (name: string): string => findMember(plan, name).loopback;

test("agents, reflectors and FRR watch each other between their loopbacks", async () => {
  for (const [place, peers] of [
    ["h1", ["rr1", "rr2"]],
    ["h2", ["rr1", "rr2"]],
    ["rr1", ["h1", "h2", "f1"]],
  ] as const) {
    await waitFor(
      `${place}: all up`,
      async () => {
        const up = (await bfdRows(placeOf(findMember(plan, place)))).filter(
          (r) => r.state === "up" && r.remoteState === "up" && r.multihop,
        );
        return (
          up
            .map((r) => r.peer)
            .toSorted()
            .join() === peers.map(loopback).toSorted().join()
        );
      },
      { within: 60_000 },
    );
  }
  for (const reflector of ["rr1", "rr2"]) {
    const seen = await frrBfd(placeOf(findMember(plan, "f1")), loopback(reflector));
    assert.deepEqual([seen?.status, seen?.multihop], ["up", true]);
  }
});

test("a host whose links are all cut is forgotten by the others, and comes back", async () => {
  const w1 = findPlace(plan, "w1");
  const isKnown = async (): Promise<boolean> => {
    const { mac } = plan.workloads.find((w) => w.name === "w2")!;
    return (await vtepOf(placeOf(findMember(plan, "h1")), "vx100", mac)) === loopback("h2");
  };
  await waitFor("w1 to reach w2", async () => (await reaches(w1, "192.168.1.12")) && (await isKnown()));
  for (const link of ["s1-h2", "s2-h2"]) await labCut(lab, link);
  await waitFor("h1 to forget w2", async () => !(await isKnown()), { within: 40_000 });
  for (const link of ["s1-h2", "s2-h2"]) await labHeal(lab, link);
  await waitFor("w1 to reach w2", async () => (await reaches(w1, "192.168.1.12")) && (await isKnown()), { within: 90_000 });
});
