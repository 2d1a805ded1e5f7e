// SPDX-License-Identifier: Apache-2.0
import { type Candidate, macIpType, typeOf } from "./candidate.ts";

/**
 * Which of two routes for one prefix is better — negative: `a`, positive: `b`, 0: equally good, so that both are used. The routes are of
 * different RDs: for the RIB they are not alternatives, so that the steps of RFC 4271 §9.1.2.2 up to the metric of the next hop are taken
 * here. What the RIB knows of the sessions (external before internal) and what only breaks ties is left out: many paths are wanted.
 */
export function comparePreference(a: Candidate, b: Candidate): number {
  // 0. What another domain of this host announces before what leads to it only by the way; of two such none is newer or better.
  const [isOursA, isOursB] = [a.info.domain !== undefined, b.info.domain !== undefined];
  if (isOursA || isOursB) return Number(isOursB) - Number(isOursA);
  // 1. A host that was seen is worth more than the word of a router.
  const [isHostA, isHostB] = [typeOf(a) === macIpType, typeOf(b) === macIpType];
  if (isHostA !== isHostB) return isHostA ? -1 : 1;
  // 2. RFC 7432 §15: where the host is now.
  if (isHostA) {
    if (a.info.sticky !== b.info.sticky) return a.info.sticky ? -1 : 1;
    if (a.info.sequence !== b.info.sequence) return b.info.sequence - a.info.sequence;
  }
  const [p, q] = [a.info.preference, b.info.preference];
  return q.localPref - p.localPref || p.asPathLength - q.asPathLength || p.origin - q.origin;
}

/** Of equally good ones those that stay: MED counts among routes of one neighbour (RFC 4271 §9.1.2.2 c), and a host has one MAC, the newest. */
export function withoutLesser<T extends { readonly candidate: Candidate }>(equal: readonly T[]): readonly T[] {
  if (equal.length < 2 || equal[0]!.candidate.info.domain !== undefined) return equal;
  if (typeOf(equal[0]!.candidate) === macIpType) {
    const newest = equal.reduce((a, b) => (b.candidate.stamp > a.candidate.stamp ? b : a));
    equal = equal.filter((e) => e.candidate.mac === newest.candidate.mac);
  }
  const lowest = new Map<number, number>();
  for (const { candidate } of equal) {
    const { neighbourAs, med } = candidate.info.preference;
    lowest.set(neighbourAs, Math.min(med, lowest.get(neighbourAs) ?? med));
  }
  return equal.filter(({ candidate: { info } }) => info.preference.med === lowest.get(info.preference.neighbourAs));
}
