// SPDX-License-Identifier: Apache-2.0
import { comparePaths, type DecisionFields, type DecisionOptions } from "./best-path.ts";

/** A step of {@link comparePaths}, by its number there, and what it looks at. */
export interface DecisionStep {
  readonly step: number;
  readonly name: string;
  readonly fields: readonly (keyof DecisionFields)[];
}

const stepRows: readonly DecisionStep[] = [
  { step: 1, name: "local origin", fields: ["local"] },
  { step: 2, name: "not long-lived stale", fields: ["llgrStale"] },
  { step: 3, name: "MAC mobility", fields: ["sticky", "mobilitySequence"] },
  { step: 4, name: "LOCAL_PREF", fields: ["localPref"] },
  { step: 5, name: "AS_PATH length", fields: ["asPathLength"] },
  { step: 6, name: "ORIGIN", fields: ["origin"] },
  { step: 7, name: "MED", fields: ["neighbourAs", "med"] },
  { step: 8, name: "external before internal", fields: ["ebgp"] },
  { step: 10, name: "ORIGINATOR_ID or router id", fields: ["originator"] },
  { step: 11, name: "CLUSTER_LIST length", fields: ["clusterLength"] },
  { step: 12, name: "peer address", fields: ["peerAddress"] },
];

/**
 * The step at which {@link comparePaths} decides between two paths; undefined: they are equal in all respects. It is asked
 * itself: the first step that can tell `a` from a twin of `a` with only that step's fields of `b`.
 */
export function decidingStep(a: DecisionFields, b: DecisionFields, options: DecisionOptions): DecisionStep | undefined {
  return stepRows.find(({ fields }) => {
    const twin = { ...a, ...Object.fromEntries(fields.map((f) => [f, b[f]])) };
    return comparePaths(a, twin, options) !== 0;
  });
}

/** Why a path lost. `to`: index of the path that it lost to. */
export interface Defeat {
  readonly to: number;
  readonly step: DecisionStep;
}

/**
 * Why each path but the best one, `paths[0]`, is not used. MEDs are compared among paths of one neighbouring AS only, and
 * first: a path that is not the best of its neighbour lost to that one — RFC 4271 §9.1.2.2 c.
 * @returns one per path, undefined for the best and for one that is its equal
 */
export function explainDecision(paths: readonly DecisionFields[], mac: boolean): readonly (Defeat | undefined)[] {
  const anyMed = paths.some((p) => p.med > 0);
  return paths.map((path, i) => {
    if (i === 0) return undefined;
    const leader = anyMed ? leaderOf(paths, path.neighbourAs, mac) : i;
    const to = leader === i ? 0 : leader;
    const step = decidingStep(paths[to]!, path, { mac, med: leader !== i || !anyMed });
    return step && { to, step };
  });
}

function leaderOf(paths: readonly DecisionFields[], neighbourAs: number, mac: boolean): number {
  let leader = -1;
  for (const [i, path] of paths.entries()) {
    if (path.neighbourAs !== neighbourAs) continue;
    if (leader < 0 || comparePaths(path, paths[leader]!, { mac, med: true }) < 0) leader = i;
  }
  return leader;
}
