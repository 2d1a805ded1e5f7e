// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, test } from "node:test";
import type { NetworkRow } from "../../src/contract/inspect.ts";
import { parseLabTopology } from "../../src/contract/config/load.ts";
import { labDown } from "../../src/lab/down.ts";
import { findPlace } from "../../src/lab/find.ts";
import { labMove } from "../../src/lab/move.ts";
import { ping, reaches } from "../../src/lab/measure/ping.ts";
import { inspect } from "../../src/lab/peer/inspect.ts";
import { weftRunFolder } from "../../src/lab/peer/weft.ts";
import type { LabPlan } from "../../src/lab/plan/plan.ts";
import { labNames } from "../../src/lab/state/lab-record.ts";
import { labReady } from "../../src/lab/status.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { labUp } from "../../src/lab/up.ts";
import { tracesOf } from "./traces-of.ts";

const labs = ["lw-bgp", "lw-ospf", "lw-six", "lw-domain", "lw-learn"] as const;
after(async () => {
  for (const lab of labs) if (labNames().includes(lab)) await labDown(lab);
});

async function up(name: (typeof labs)[number], underlay: string, network = "{ vni: 100 }", more = ""): Promise<LabPlan> {
  const plan = await labUp(
    parseLabTopology(
      `
name: ${name}
underlay: { spines: 2, ${underlay} }
reflectors: [rr1]
nodes: { h1: { kind: weft }, h2: { kind: weft } }
networks: { blue: ${network} }
workloads:
  b1: { node: h1, network: blue, ip: [192.168.1.11/24, "fd00:1::11/64"]${more} }
  b2: { node: h2, network: blue, ip: [192.168.1.12/24, "fd00:1::12/64"]${more} }
`,
      `${name}.yaml`,
    ),
  );
  await labReady(plan);
  return plan;
}

async function carriesBoth(plan: LabPlan): Promise<void> {
  for (const ip of ["192.168.1.11", "fd00:1::11"]) {
    await waitFor(`${plan.lab}: b2 to reach ${ip}`, async () => await reaches(findPlace(plan, "b2"), ip));
    assert.equal((await ping(findPlace(plan, "b2"), ip, { count: 20 })).lost, 0);
  }
}

for (const [lab, underlay] of [
  ["lw-bgp", "routing: frr-bgp"],
  ["lw-ospf", "routing: frr-ospf"],
  ["lw-six", "routing: static, family: ipv6"],
] as const) {
  test(`agents carry IPv4 and IPv6 over an underlay with ${underlay}`, async () => {
    const plan = await up(lab, underlay);
    await carriesBoth(plan);
    await labDown(lab);
    assert.deepEqual(tracesOf(lab), []);
  });
}

test("agents of one machine keep their domains apart, and a workload moves between them, where nobody asks in vain", async () => {
  const plan = await up("lw-domain", "routing: static", "{ vni: 100, domain: shop, unknownNeighbours: drop }");
  assert.ok(!existsSync("/run/netns/weft-shop"), "no domain of a node shows up among the machine's namespaces");
  await carriesBoth(plan);
  await labMove("lw-domain", "b1", "h2");
  await carriesBoth(plan);
  await labMove("lw-domain", "b1", "h1");
  await carriesBoth(plan);
  await ping(findPlace(plan, "b1"), "192.168.1.99", { count: 1 });
  const [network] = await inspect<readonly NetworkRow[]>(weftRunFolder(findPlace(plan, "h1")), "/v1/evpn/networks");
  assert.ok(network!.droppedArp > 0);
  await labDown("lw-domain");
  assert.deepEqual(tracesOf("lw-domain"), []);
});

test("workloads that nobody declared are learned, also after a move", async () => {
  const plan = await up("lw-learn", "routing: static", "{ vni: 100 }", ", declared: false");
  await carriesBoth(plan);
  await labMove("lw-learn", "b1", "h2");
  await carriesBoth(plan);
  await labDown("lw-learn");
  assert.deepEqual(tracesOf("lw-learn"), []);
});
