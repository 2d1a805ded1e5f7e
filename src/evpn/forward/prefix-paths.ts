// SPDX-License-Identifier: Apache-2.0
import type { Mac } from "../../base/net/mac.ts";
import { zeroEsi } from "../../bgp/wire/nlri/evpn/esi.ts";
import { type Domain, noPaths, type PrefixState } from "../instance/domain.ts";
import type { PrefixPath } from "../types.ts";
import { compareIps } from "./best-remote.ts";
import { type Candidate, l3Label, macIpType, typeOf } from "./candidate.ts";
import { comparePreference, withoutLesser } from "./compare-preference.ts";
import type { ImportInfo } from "./import-info.ts";

/** Where a prefix leads, or why nowhere. */
export interface Resolution {
  readonly paths: readonly PrefixPath[];
  readonly why: string | undefined;
  /** How far away: in the domain itself, in another one of this host, in another one elsewhere. */
  readonly distance: 0 | 1 | 2;
}

interface Resolved {
  readonly candidate: Candidate;
  readonly resolution: Resolution;
}

/** A subnet that every host announces would have as many as there are hosts; FRR has the same limit. */
const mostPaths = 64;

/** The paths of the best routes that lead anywhere. Of what stands in `candidates` only: what is here already is another question. */
export function resolvePrefix({ domain, candidates }: PrefixState): Resolution {
  const { single } = candidates;
  return single ? resolve(domain, single) : bestOf(candidates, (c) => resolve(domain, c));
}

/** What a domain has itself is not taken from another one, and what is here not from elsewhere; then the better route counts. */
function bestOf(candidates: Iterable<Candidate>, resolution: (candidate: Candidate) => Resolution): Resolution {
  let best: Resolved[] = [];
  let why: string | undefined;
  for (const candidate of candidates) {
    const found: Resolved = { candidate, resolution: resolution(candidate) };
    why ??= found.resolution.why;
    if (found.resolution.paths.length === 0) continue;
    const order = best.length === 0 ? -1 : compare(found, best[0]!);
    if (order < 0) best = [];
    if (order <= 0) best.push(found);
  }
  if (best.length === 0) return unresolved(why);
  const kept = withoutLesser(best);
  if (kept.length === 1) return kept[0]!.resolution;
  return { ...kept[0]!.resolution, paths: merge(kept.flatMap((k) => k.resolution.paths)) };
}

function compare(a: Resolved, b: Resolved): number {
  return a.resolution.distance - b.resolution.distance || comparePreference(a.candidate, b.candidate);
}

function resolve(domain: Domain, candidate: Candidate): Resolution {
  if (candidate.gateway !== undefined) return byGateway(domain, candidate);
  return candidate.esi === zeroEsi ? byHost(domain, candidate) : bySegment(domain, candidate);
}

/** To the host that announced it: another one, or this one. */
function byHost(domain: Domain, candidate: Candidate): Resolution {
  const other = candidate.info.domain;
  if (other === undefined) return byTunnel(domain, candidate);
  return { paths: [{ kind: "domain", domain: other }], why: undefined, distance: 1 };
}

/** One value for all routes that came with the same attributes and VNI, which are most. */
const shared = new WeakMap<ImportInfo, { readonly vni: number; readonly l3vni: number; readonly resolution: Resolution }>();

function byTunnel(domain: Domain, candidate: Candidate): Resolution {
  const { vrf, routerMacs } = domain;
  const { info } = candidate;
  const vni = l3Label(candidate);
  const place = routerMacs.place(info.routerMac!, vrf.l3vni)!;
  if (place.vtep !== info.vtep) return unresolved(`its Router's MAC ${info.routerMac} is also that of ${place.vtep}`);
  if (place.vni !== vni) return unresolved(`its Router's MAC ${info.routerMac} is reached with VNI ${place.vni}, and it wants VNI ${vni}`);
  const { l3vni } = vrf;
  const known = shared.get(info);
  if (known?.vni === vni && known.l3vni === l3vni) return known.resolution;
  const resolution: Resolution = {
    paths: [tunnel(domain, info, info.routerMac!, vni)],
    why: undefined,
    distance: vni === l3vni ? 0 : 2,
  };
  shared.set(info, { vni, l3vni, resolution });
  return resolution;
}

/** RFC 9136 §4.1: a station of one of the domain's networks, by its neighbour entry where the network is here, else by its host route. */
function byGateway(domain: Domain, { gateway }: Candidate): Resolution {
  const via = gateway!;
  if (domain.gateways.has(via)) return unresolved(`its gateway ${via} is an address of this host`);
  const network = domain.networkOf(via);
  if (network) return { paths: [{ kind: "gateway", network: network.vrf.network, via }], why: undefined, distance: 0 };
  const host = domain.host(via);
  // Only MAC/IP routes: a prefix that leads to a prefix could lead in a circle.
  const routes = [...(host?.candidates ?? [])].filter((c) => typeOf(c) === macIpType);
  const found = bestOf(routes, (c) => byHost(domain, c));
  return found.paths.length > 0 ? found : unresolved(`its gateway ${via} is not known: no MAC/IP route and no neighbour has it`);
}

/** RFC 9136 §4.3: the station behind the segment. One frame goes one way, so of several hosts on the segment the lowest VTEP. */
function bySegment(domain: Domain, { esi, info, label }: Candidate): Resolution {
  let best: Candidate | undefined;
  for (const c of domain.segment(esi)) if (!best || compareIps(c.info.vtep!, best.info.vtep!) < 0) best = c;
  if (!best) return unresolved(`no auto-discovery route says where ESI ${esi} is`);
  const { l3vni } = domain.vrf;
  const paths = [tunnel(domain, best.info, info.routerMac!, best.label || l3vni)];
  return { paths, why: undefined, distance: label === 0 || label === l3vni ? 0 : 2 };
}

function tunnel({ vrf }: Domain, info: ImportInfo, routerMac: Mac, vni: number): PrefixPath {
  return { kind: "tunnel", vtep: info.vtep!, routerMac, vni, isForeign: vni !== vrf.l3vni };
}

function unresolved(why: string | undefined): Resolution {
  return { paths: noPaths, why, distance: 0 };
}

/** Each VTEP and gateway once, in a fixed order. Two domains of this host are two networks, not two ways to one: the first by name. */
function merge(paths: readonly PrefixPath[]): readonly PrefixPath[] {
  const sorted = paths.toSorted(comparePaths);
  if (sorted[0]?.kind === "domain") return [sorted[0]];
  const distinct = sorted.filter((p, i) => i === 0 || hopOf(p) !== hopOf(sorted[i - 1]!));
  return distinct.slice(0, mostPaths);
}

function hopOf(path: PrefixPath): string {
  if (path.kind === "domain") return path.domain;
  return path.kind === "tunnel" ? path.vtep : `${path.network} ${path.via}`;
}

const kinds: readonly PrefixPath["kind"][] = ["domain", "gateway", "tunnel"];

function comparePaths(a: PrefixPath, b: PrefixPath): number {
  if (a.kind !== b.kind) return kinds.indexOf(a.kind) - kinds.indexOf(b.kind);
  if (a.kind === "domain" && b.kind === "domain") return compareTexts(a.domain, b.domain);
  if (a.kind === "gateway" && b.kind === "gateway") return compareTexts(a.network, b.network) || compareIps(a.via, b.via);
  if (a.kind !== "tunnel" || b.kind !== "tunnel") return 0;
  return compareIps(a.vtep, b.vtep) || Number(a.isForeign) - Number(b.isForeign) || a.vni - b.vni || compareTexts(a.routerMac, b.routerMac);
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

export function samePaths(a: readonly PrefixPath[], b: readonly PrefixPath[]): boolean {
  return a === b || (a.length === b.length && a.every((path, i) => path === b[i] || comparePaths(path, b[i]!) === 0));
}
