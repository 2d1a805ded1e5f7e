// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { makePlan } from "../plan/make-plan.ts";
import { smallTopology } from "../testing/small-topology.ts";
import { addressCommands, linkCommands, staticRoutes } from "./fabric.ts";

const plan = makePlan(smallTopology());
const [s1, , , h1] = plan.members;

test("links are made with both ends in their namespaces", () => {
  assert.equal(
    linkCommands(plan).split("\n")[1],
    "link add to-h1 netns small-s1 mtu 9000 type veth peer name to-s1 netns small-h1 mtu 9000",
  );
});

test("a leaf reaches all loopbacks over all spines, a spine each leaf by its link", () => {
  assert.equal(
    staticRoutes(plan, h1!),
    "route replace 10.99.0.0/16 src 10.99.1.1 nexthop via 10.98.0.2 dev to-s1 nexthop via 10.98.0.8 dev to-s2\n",
  );
  assert.equal(
    staticRoutes(plan, s1!),
    [
      "route replace 10.99.0.1/32 via 10.98.0.1 dev to-rr1",
      "route replace 10.99.1.1/32 via 10.98.0.3 dev to-h1",
      "route replace 10.99.1.2/32 via 10.98.0.5 dev to-f1",
      "",
    ].join("\n"),
  );
});

test("links are numbered unless BGP runs over link-local addresses", () => {
  assert.match(
    addressCommands(plan, h1!),
    /^address add 10\.99\.1\.1\/32 dev lo\nlink set to-s1 up\naddress add 10\.98\.0\.3\/31 dev to-s1\n/,
  );
  const unnumbered = makePlan(smallTopology("{ spines: 2, routing: frr-bgp }"));
  assert.doesNotMatch(addressCommands(unnumbered, unnumbered.members[3]!), /dev to-/);
});
