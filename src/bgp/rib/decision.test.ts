// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { comparePaths, type DecisionFields } from "./best-path.ts";
import { decidingStep, explainDecision } from "./decision.ts";

const small = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });
const path: fc.Arbitrary<DecisionFields> = fc.record({
  local: fc.boolean(),
  llgrStale: fc.boolean(),
  sticky: fc.boolean(),
  mobilitySequence: fc.integer({ min: -1, max: 1 }),
  localPref: small(1),
  asPathLength: small(1),
  origin: small(1),
  neighbourAs: small(1),
  med: small(1),
  ebgp: fc.boolean(),
  originator: small(1),
  clusterLength: small(1),
  peerAddress: fc.constantFrom("40a000001", "40a000002"),
});

test("the step that is named is the one that decides: with its fields alike another one would", () => {
  fc.assert(
    fc.property(path, path, fc.boolean(), fc.boolean(), (a, b, mac, med) => {
      const options = { mac, med };
      const verdict = comparePaths(a, b, options);
      const step = decidingStep(a, b, options);
      assert.equal(step === undefined, verdict === 0);
      if (!step) return;
      const only = { ...a, ...Object.fromEntries(step.fields.map((f) => [f, b[f]])) };
      assert.equal(Math.sign(comparePaths(a, only, options)), Math.sign(verdict));
      const without = { ...b, ...Object.fromEntries(step.fields.map((f) => [f, a[f]])) };
      const next = decidingStep(a, without, options);
      assert.ok(next === undefined || next.step > step.step);
    }),
    { numRuns: 500 },
  );
});

const plain: DecisionFields = {
  local: false,
  llgrStale: false,
  sticky: false,
  mobilitySequence: -1,
  localPref: 100,
  asPathLength: 1,
  origin: 0,
  neighbourAs: 65001,
  med: 0,
  ebgp: true,
  originator: 5,
  clusterLength: 0,
  peerAddress: "40a000001",
};

test("steps by their numbers; MAC mobility only for routes that have a MAC", () => {
  const moved = { ...plain, mobilitySequence: 3, localPref: 10 };
  const lost = (mac: boolean): unknown => explainDecision([moved, plain], mac).map((d) => d && [d.to, d.step.step, d.step.name]);
  assert.deepEqual(lost(true), [undefined, [0, 3, "MAC mobility"]]);
  assert.deepEqual(lost(false), [undefined, [0, 4, "LOCAL_PREF"]]);
  assert.deepEqual(explainDecision([plain, plain], true), [undefined, undefined]);
});

test("a MED counts among paths of one neighbour, and who loses there lost to that one", () => {
  const other = { ...plain, neighbourAs: 65002, peerAddress: "40a000009" };
  const worse = { ...other, med: 7, originator: 1 };
  assert.deepEqual(
    explainDecision([plain, other, worse], false).map((d) => d && [d.to, d.step.step]),
    [undefined, [0, 12], [1, 7]],
  );
});
