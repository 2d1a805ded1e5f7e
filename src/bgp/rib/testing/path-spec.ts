// SPDX-License-Identifier: Apache-2.0
/** Path attributes as numbers, and their octets: what scripted peers send. */

export interface PathSpec {
  readonly localPref: number;
  readonly med: number | undefined;
  readonly origin: number;
  readonly asPath: readonly number[];
  readonly communities: readonly number[];
  /** Last octet of a route target, and of a non-transitive community that must not leave the AS. */
  readonly target: number;
  /** Route targets, in place of the one above. */
  readonly targets?: readonly (readonly number[])[];
  readonly nonTransitive: boolean;
  /** MAC mobility sequence; undefined: no community. */
  readonly sequence: number | undefined;
  readonly sticky: boolean;
  readonly originator: number | undefined;
  readonly clusters: readonly number[];
  /** Attributes that nobody knows: 200 optional transitive, 201 optional non-transitive. */
  readonly unknownTransitive: boolean;
  readonly unknownNonTransitive: boolean;
  readonly nextHop: readonly number[];
}

export const u32 = (n: number): number[] => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
const u16 = (n: number): number[] => [n >> 8, n & 255];

/** One attribute; the length is as wide as it has to be. */
export function attribute(flags: number, type: number, value: readonly number[]): number[] {
  return value.length > 255 ? [flags | 0x10, type, ...u16(value.length), ...value] : [flags, type, value.length, ...value];
}

export function asPathValue(path: readonly number[], width: 2 | 4): number[] {
  if (path.length === 0) return [];
  return [2, path.length, ...path.flatMap((n) => (width === 4 ? u32(n) : u16(n > 65535 ? 23456 : n)))];
}

export function extendedCommunities(spec: PathSpec): number[][] {
  const list = spec.targets?.map((t) => [...t]) ?? [[0, 2, 0xfd, 0xe8, 0, 0, 0, spec.target]];
  if (spec.nonTransitive) list.push([0x43, 1, 2, 3, 4, 5, 6, spec.target]);
  if (spec.sequence !== undefined) list.push([6, 0, spec.sticky ? 1 : 0, 0, ...u32(spec.sequence)]);
  return list;
}

/** All but MP_REACH_NLRI, in ascending order. */
export function attributesOf(spec: PathSpec, width: 2 | 4, internal: boolean): number[] {
  const wide = width === 2 && spec.asPath.some((n) => n > 65535);
  return [
    ...attribute(0x40, 1, [spec.origin]),
    ...attribute(0x40, 2, asPathValue(spec.asPath, width)),
    ...(spec.med === undefined ? [] : attribute(0x80, 4, u32(spec.med))),
    ...(internal ? attribute(0x40, 5, u32(spec.localPref)) : []),
    ...(spec.communities.length === 0 ? [] : attribute(0xc0, 8, spec.communities.flatMap(u32))),
    ...(spec.originator === undefined ? [] : attribute(0x80, 9, u32(spec.originator))),
    ...(spec.clusters.length === 0 ? [] : attribute(0x80, 10, spec.clusters.flatMap(u32))),
    ...(extendedCommunities(spec).length === 0 ? [] : attribute(0xc0, 16, extendedCommunities(spec).flat())),
    ...(wide ? attribute(0xc0, 17, asPathValue(spec.asPath, 4)) : []),
    ...(spec.unknownTransitive ? attribute(0xc0, 200, [1, 2, spec.target]) : []),
    ...(spec.unknownNonTransitive ? attribute(0x80, 201, [9]) : []),
  ];
}

export function updateBody(attributes: readonly number[]): Uint8Array {
  return Uint8Array.from([0, 0, ...u16(attributes.length), ...attributes]);
}

const evpnFamily = [0, 25, 70];
/** AFI 1, SAFI 132. */
export const rtConstrainFamily = [0, 1, 132];

export function reachBody(
  spec: PathSpec,
  nlri: readonly (readonly number[])[],
  width: 2 | 4,
  internal: boolean,
  reachFirst: boolean,
  family: readonly number[] = evpnFamily,
): Uint8Array {
  const reach = attribute(0x90, 14, []).slice(0, 2);
  const value = [...family, spec.nextHop.length, ...spec.nextHop, 0, ...nlri.flat()];
  const mp = [...reach, ...u16(value.length), ...value];
  const others = attributesOf(spec, width, internal);
  return updateBody(reachFirst ? [...mp, ...others] : [...others, ...mp]);
}

export function unreachBody(nlri: readonly (readonly number[])[], family: readonly number[] = evpnFamily): Uint8Array {
  const value = [...family, ...nlri.flat()];
  return updateBody([0x90, 15, ...u16(value.length), ...value]);
}
