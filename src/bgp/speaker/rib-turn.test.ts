// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { Rib } from "../rib/rib.ts";
import { RibTurn } from "./rib-turn.ts";
import { SlotOutput } from "./slot-output.ts";

const turn = async (): Promise<void> => await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test("peers that brought much wait for the flush, those that brought little do not", async () => {
  const output = new SlotOutput();
  const ribTurn = new RibTurn(new Rib({ asn: 65000, routerId: 1, output }), output);
  const resumed: string[] = [];
  const paused: string[] = [];
  const reader = (name: string) => ({ pause: () => void paused.push(name), resume: () => void resumed.push(name) });
  assert.equal(ribTurn.took(reader("a"), 1000), true);
  assert.equal(ribTurn.took(reader("b"), 1 << 20), false);
  assert.equal(ribTurn.took(reader("c"), 1), false, "the turn has had enough, whoever it was");
  assert.deepEqual(paused, ["a", "b"], "and nobody who has been reading goes on");
  assert.deepEqual(resumed, []);
  await turn();
  assert.deepEqual(resumed, ["a", "b", "c"]);
  assert.equal(ribTurn.took(reader("a"), 1000), true, "a new turn");
});
