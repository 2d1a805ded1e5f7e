// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { comparePaths, type DecisionFields } from "./best-path.ts";

const base: DecisionFields = {
  local: false,
  llgrStale: false,
  sticky: false,
  mobilitySequence: -1,
  localPref: 100,
  asPathLength: 1,
  origin: 0,
  neighbourAs: 65001,
  med: 0,
  ebgp: false,
  originator: 5,
  clusterLength: 1,
  peerAddress: "40a000005",
};

/** Each row: `better` wins although everything that later steps look at speaks for `worse`. */
const rows: readonly { readonly step: string; readonly better: Partial<DecisionFields>; readonly worse: Partial<DecisionFields> }[] = [
  { step: "1 local origin", better: { local: true }, worse: { sticky: true } },
  { step: "2 not long-lived stale", better: {}, worse: { llgrStale: true, sticky: true } },
  { step: "3 sticky", better: { sticky: true, mobilitySequence: 0 }, worse: { mobilitySequence: 9 } },
  { step: "3 sequence", better: { mobilitySequence: 2 }, worse: { mobilitySequence: 1, localPref: 200 } },
  { step: "3 sequence 0 is as none, so LOCAL_PREF decides", better: { localPref: 200 }, worse: { mobilitySequence: 0 } },
  { step: "4 LOCAL_PREF", better: { localPref: 101, asPathLength: 9 }, worse: { asPathLength: 0 } },
  { step: "5 AS_PATH", better: { asPathLength: 0, origin: 2 }, worse: { origin: 0 } },
  { step: "6 origin", better: { origin: 0, med: 9 }, worse: { origin: 1 } },
  { step: "7 MED of one neighbour", better: { med: 1 }, worse: { med: 2, ebgp: true } },
  { step: "7 MEDs of two neighbours do not compare", better: { med: 9, ebgp: true }, worse: { neighbourAs: 65002 } },
  { step: "8 external", better: { ebgp: true, originator: 9 }, worse: { originator: 1 } },
  { step: "10 originator", better: { originator: 4, clusterLength: 9 }, worse: { clusterLength: 0 } },
  { step: "10 originator, unsigned", better: { originator: 0x7fffffff }, worse: { originator: 0x80000000 } },
  { step: "11 CLUSTER_LIST", better: { clusterLength: 0, peerAddress: "6ff" }, worse: { clusterLength: 2 } },
  { step: "12 peer address", better: { peerAddress: "40a000004" }, worse: {} },
];

for (const { step, better, worse } of rows) {
  test(`best path, step ${step}`, () => {
    const [a, b] = [
      { ...base, ...better },
      { ...base, ...worse },
    ];
    assert.ok(comparePaths(a, b, { mac: true, med: true }) < 0);
    assert.ok(comparePaths(b, a, { mac: true, med: true }) > 0);
  });
}

test("best path, mobility is for MAC/IP routes only", () => {
  const moved = { ...base, sticky: true, mobilitySequence: 7, originator: 9 };
  assert.ok(comparePaths(moved, base, { mac: true, med: true }) < 0);
  assert.ok(comparePaths(moved, base, { mac: false, med: true }) > 0);
});

test("best path, without MED the next step decides", () => {
  assert.ok(comparePaths({ ...base, med: 9, originator: 1 }, base, { mac: false, med: false }) < 0);
});

test("best path, a path does not beat itself", () => {
  assert.equal(comparePaths(base, { ...base }, { mac: true, med: true }), 0);
});
