// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipToBytes } from "../../base/net/ip.ts";
import type { Candidate } from "./candidate.ts";
import { Candidates } from "./candidates.ts";

/** Negative when `a` is the numerically lower address; of one family. */
export function compareIps(a: Ip, b: Ip): number {
  if (a === b) return 0;
  const [x, y] = [ipToBytes(a), ipToBytes(b)];
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return x[i]! - (y[i] ?? 0);
  return 0;
}

/** RFC 7432 §15: sticky first (§15.2), then the higher sequence number, then the lower VTEP address; the label only makes it a total order. */
function compareMacs(a: Candidate, b: Candidate): number {
  if (a.info.sticky !== b.info.sticky) return a.info.sticky ? -1 : 1;
  if (a.info.sequence !== b.info.sequence) return b.info.sequence - a.info.sequence;
  return compareIps(a.info.vtep!, b.info.vtep!) || a.label - b.label;
}

/** The route that says where a MAC is, among those of one MAC. */
export function bestMac(candidates: Iterable<Candidate>): Candidate | undefined {
  let best = candidates instanceof Candidates ? candidates.single : undefined;
  if (best) return best;
  for (const c of candidates) if (!best || compareMacs(c, best) < 0) best = c;
  return best;
}

/** The route that says which MAC has an IP: sticky, then the higher sequence number (RFC 9721 makes it grow when an IP changes its MAC), then the newest. */
export function bestNeighbour(candidates: Iterable<Candidate>): Candidate | undefined {
  let best = candidates instanceof Candidates ? candidates.single : undefined;
  if (best) return best;
  for (const c of candidates) if (!best || newer(c, best)) best = c;
  return best;
}

function newer(a: Candidate, b: Candidate): boolean {
  if (a.info.sticky !== b.info.sticky) return a.info.sticky;
  if (a.info.sequence !== b.info.sequence) return a.info.sequence > b.info.sequence;
  return a.stamp > b.stamp;
}
