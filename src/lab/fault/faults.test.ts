// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { makePlan } from "../plan/make-plan.ts";
import { smallTopology } from "../testing/small-topology.ts";
import { faultRuleset, noFaults } from "./faults.ts";

const plan = makePlan(smallTopology());

test("a cut link drops everything at reception, a lossy one its share, others nothing", () => {
  const faults = { ...noFaults, silent: ["s1-h1"], loss: { "s2-h1": 2.5, "s1-f1": 0 } };
  assert.equal(
    faultRuleset(faults, plan.links, "small-h1"),
    `add table netdev weft-fault
delete table netdev weft-fault
table netdev weft-fault {
  chain fault0 {
    type filter hook ingress device "to-s1" priority -500; policy accept;
    drop
  }
  chain fault1 {
    type filter hook ingress device "to-s2" priority -500; policy accept;
    numgen random mod 10000 < 250 drop
  }
}
`,
  );
});

test("without faults the table goes", () => {
  assert.equal(faultRuleset(noFaults, plan.links, "small-h1"), "add table netdev weft-fault\ndelete table netdev weft-fault\n");
});
