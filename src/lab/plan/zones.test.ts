// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parseLabTopology, parseReflectorConfig } from "../../contract/config/load.ts";
import { staticRoutes } from "../fabric/fabric.ts";
import { svgGraph } from "../graph/svg.ts";
import { agentConfig, reflectorConfig } from "../member/weft-config.ts";
import { makePlan } from "./make-plan.ts";
import type { LabPlan, PlannedMember } from "./plan.ts";

function planOf(file: string): LabPlan {
  return makePlan(parseLabTopology(readFileSync(path.join(import.meta.dirname, "../../../lab", file), "utf8"), file));
}
const member = (plan: LabPlan, name: string): PlannedMember => plan.members.find((m) => m.name === name)!;

test("every zone has spines of its own, and the n-th ones are linked", () => {
  const plan = planOf("two-zones.yaml");
  assert.deepEqual(
    plan.members.filter((m) => m.role === "spine").map((m) => `${m.name} ${m.zone}`),
    ["s1 east", "s2 east", "s3 west", "s4 west"],
  );
  const linked = (a: string): readonly string[] => member(plan, a).uplinks.map((u) => u.neighbour);
  assert.deepEqual(linked("h3"), ["s3", "s4"]);
  assert.deepEqual(linked("s1"), ["rr1", "rr2", "h1", "h2", "s3"]);
  assert.deepEqual(linked("s4"), ["s2", "rr3", "rr4", "h3", "h4"]);
  const routes = staticRoutes(plan, member(plan, "s1"));
  assert.match(routes, /^route replace 10\.99\.1\.3\/32 via \S+ dev to-s3$/m);
  assert.equal(routes.match(/^route/gm)!.length, 4 + 1 + 4);
  assert.match(svgGraph(plan), /<path d="M/);
});

test("hosts know the reflectors of their zone, reflectors know each other", () => {
  const plan = planOf("two-zones-ebgp.yaml");
  const h3 = agentConfig(plan, member(plan, "h3")) as { readonly bgp: { readonly asn: number; readonly peers: readonly object[] } };
  assert.equal(h3.bgp.asn, 65002);
  assert.equal(h3.bgp.peers.length, 2);
  const { bgp } = parseReflectorConfig(JSON.stringify(reflectorConfig(plan, member(plan, "rr3"))), "rr3.yaml");
  assert.deepEqual(
    bgp.peers.map((p) => [p.description, p.asn, p.rewriteRouteTargets, p.client]),
    [
      ["rr1", 65001, true, false],
      ["rr2", 65001, true, false],
      ["rr4", 65002, false, false],
    ],
  );
});
