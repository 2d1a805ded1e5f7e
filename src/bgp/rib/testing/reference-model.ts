// SPDX-License-Identifier: Apache-2.0
import { type PathSpec, asPathValue, extendedCommunities, u32 } from "./path-spec.ts";

/** A speaker or peer of the script. */
export interface ModelPeer {
  readonly name: string;
  readonly role: "client" | "non-client" | "ebgp" | "local";
  readonly asn: number;
  readonly routerId: number;
  readonly address: readonly number[];
  readonly fourOctetAs: boolean;
  readonly longLived: boolean;
}

export interface ModelPath {
  readonly nlri: readonly number[];
  readonly spec: PathSpec;
  readonly from: ModelPeer;
  stale: boolean;
  /** Somebody who had it of the same originator took it back, and nobody has announced the route since. */
  doubtful?: boolean;
  /** Got LLGR_STALE from us. */
  aged: boolean;
}

export const self = { asn: 65000, routerId: 0x0a630001, clusterId: 0x0a6300fe };
const llgrStale = 0xffff0006;
const noExport = 0xffffff01;
const noAdvertise = 0xffffff02;

const isStale = (p: ModelPath): boolean => p.aged || p.spec.communities.includes(llgrStale);

export function loops({ spec, from }: { readonly spec: PathSpec; readonly from: ModelPeer }): boolean {
  if (from.role === "local") return false;
  if (spec.asPath.includes(self.asn)) return true;
  return from.role !== "ebgp" && (spec.originator === self.routerId || spec.clusters.includes(self.clusterId));
}

/** Route targets of a path, ES-Import included: what route target constraint matches — RFC 4684, RFC 7432 §7.6. */
export function extendedTargets(spec: PathSpec): readonly (readonly number[])[] {
  return extendedCommunities(spec).filter(([type, subtype]) => subtype === 2 && [0, 1, 2, 6].includes(type!));
}

/** Keeps those with the lowest value. */
function lowest(paths: readonly ModelPath[], value: (p: ModelPath) => number): ModelPath[] {
  const least = Math.min(...paths.map(value));
  return paths.filter((p) => value(p) === least);
}

const preference = (p: ModelPath): number => (p.from.role === "ebgp" ? 100 : p.spec.localPref);
export const isReflected = (p: ModelPath): boolean => p.from.role !== "ebgp" && p.spec.originator !== undefined;
export const originator = (p: ModelPath): number => (p.from.role === "ebgp" ? undefined : p.spec.originator) ?? p.from.routerId;
const med = (p: ModelPath): number => p.spec.med ?? 0;

/** RFC 4271 §9.1.2.2 as it is written there: paths are removed from consideration step by step. */
export function bestOf(all: readonly ModelPath[], type: number): ModelPath | undefined {
  if (all.length === 0) return undefined;
  let left = lowest(all, (p) => (p.from.role === "local" ? 0 : 1));
  left = lowest(left, (p) => (isStale(p) ? 1 : 0));
  if (type === 2) {
    left = lowest(left, (p) => (p.spec.sequence !== undefined && p.spec.sticky ? 0 : 1));
    left = lowest(left, (p) => -(p.spec.sequence ?? 0));
  }
  left = lowest(left, (p) => -preference(p));
  left = lowest(left, (p) => p.spec.asPath.length);
  left = lowest(left, (p) => p.spec.origin);
  const level = left;
  left = left.filter((n) => !level.some((m) => (m.spec.asPath[0] ?? 0) === (n.spec.asPath[0] ?? 0) && med(m) < med(n)));
  left = lowest(left, (p) => (p.from.role === "ebgp" ? 0 : 1));
  left = lowest(left, originator);
  left = lowest(left, (p) => (p.from.role === "ebgp" ? 0 : p.spec.clusters.length));
  return left.toSorted((a, b) => Buffer.compare(Buffer.from(a.from.address), Buffer.from(b.from.address)))[0];
}

export function mayGo(path: ModelPath, to: ModelPeer): boolean {
  const { spec, from } = path;
  if (from === to || spec.communities.includes(noAdvertise)) return false;
  if (to.role === "ebgp" && spec.communities.includes(noExport)) return false;
  if (isStale(path) && !to.longLived) return false;
  return !(from.role === "non-client" && to.role === "non-client");
}

/** What `to` must hold of a path: the NLRI, the next hop and each attribute with its flags, in text. */
export function expected(path: ModelPath, to: ModelPeer): string {
  const { spec, from, nlri } = path;
  const hex = (list: readonly number[]): string => Buffer.from(list).toString("hex");
  const out = new Map<number, string>();
  const put = (flags: number, type: number, value: readonly number[]): void => void out.set(type, `${flags.toString(16)}=${hex(value)}`);
  const external = to.role === "ebgp";
  put(0x40, 1, [spec.origin]);
  const asPath = external ? [self.asn, ...spec.asPath] : spec.asPath;
  put(0x40, 2, asPathValue(asPath, to.fourOctetAs ? 4 : 2));
  if (!to.fourOctetAs && asPath.some((n) => n > 65535)) put(0xc0, 17, asPathValue(asPath, 4));
  if (spec.med !== undefined && (!external || from.role === "local")) put(0x80, 4, u32(spec.med));
  if (!external) put(0x40, 5, u32(preference(path)));
  const communities = path.aged ? [...spec.communities, llgrStale] : spec.communities;
  if (communities.length > 0) put(0xc0, 8, communities.flatMap(u32));
  if (!external && (from.role === "client" || from.role === "non-client")) {
    put(0x80, 9, u32(originator(path)));
    put(0x80, 10, [self.clusterId, ...spec.clusters].flatMap(u32));
  }
  const extended = extendedCommunities(spec).filter((c) => !external || (c[0]! & 0x40) === 0);
  if (extended.length > 0) put(0xc0, 16, extended.flat());
  if (spec.unknownTransitive) put(0xe0, 200, [1, 2, spec.target]);
  return routeText(nlri, spec.nextHop, out);
}

export function routeText(
  nlri: readonly number[] | Uint8Array,
  nextHop: readonly number[] | Uint8Array,
  attributes: ReadonlyMap<number, string>,
): string {
  const hex = (list: readonly number[] | Uint8Array): string => Buffer.from(list).toString("hex");
  const list = [...attributes].toSorted(([a], [b]) => a - b).map(([type, text]) => `${type}:${text}`);
  return `${hex(nlri)} via ${hex(nextHop)} ${list.join(" ")}`;
}
