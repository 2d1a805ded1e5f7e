// SPDX-License-Identifier: Apache-2.0
import { parseMacPattern, parsePrefixPattern, type PrefixPattern } from "../../../base/pattern/address-pattern.ts";
import { parseRdPattern } from "../../../base/pattern/administrator-pattern.ts";
import {
  parseCommunityPattern,
  parseExtendedCommunityPattern,
  parseLargeCommunityPattern,
  parseRouteTargetPattern,
} from "../../../base/pattern/community-pattern.ts";
import { inRanges, parseNumberRange } from "../../../base/pattern/number-range.ts";
import { matchesAnyOctets, matchesOctets, type OctetPattern } from "../../../base/pattern/octet-pattern.ts";
import { attributeType } from "../attribute-walk.ts";
import type { RuleMatch } from "./model.ts";
import type { NlriView, SetView } from "./route-view.ts";

/** What a condition has to see, in rising order of cost: one look per set of attributes, per set and route type, per route. */
export type LooksAt = "attributes" | "type" | "nlri";

export interface Condition {
  readonly looksAt: LooksAt;
  /** It sees octets that are not part of the route's key. */
  readonly label: boolean;
  holds(set: SetView, nlri: NlriView): boolean;
}

export const largeCommunities = 32;
const largestVni = 0xffffff;
const multicastRoute = 3;

/** @throws RangeError when a pattern cannot be read: the configuration is checked before */
export function compileMatch(match: RuleMatch): readonly Condition[] {
  const conditions: Condition[] = [];
  const attributes = (holds: Condition["holds"]): void => void conditions.push({ looksAt: "attributes", label: false, holds });
  const nlri = (holds: Condition["holds"], label = false): void => void conditions.push({ looksAt: "nlri", label, holds });
  const { type, prefix, vni, rd, mac, nextHop, neighbourAs, throughAs, originAs } = match;
  if (type) conditions.push({ looksAt: "type", label: false, holds: (_, n) => type.includes(n.type) });
  compileLists(match).forEach(attributes);
  if (nextHop) {
    const patterns = nextHop.map((t) => parsed(parsePrefixPattern, t));
    attributes(({ nextHop: n }) => patterns.some((p) => insidePrefix(p, n, 0, n.length, n.length * 8)));
  }
  if (neighbourAs) attributes((set) => neighbourAs.includes(set.neighbourAs ?? 0));
  if (throughAs) attributes((set) => set.asPath.some((asn) => throughAs.includes(asn)));
  if (originAs) attributes((set) => originAs.includes(set.asPath.at(-1) ?? 0));
  if (rd) {
    const patterns = rd.flatMap((t) => parsed(parseRdPattern, t));
    nlri((_, n) => n.rdAt >= 0 && matchesAnyOctets(patterns, n.bytes, n.rdAt));
  }
  if (mac) {
    const patterns = mac.map((t) => parsed(parseMacPattern, t));
    nlri((_, n) => n.macAt >= 0 && matchesAnyOctets(patterns, n.bytes, n.macAt));
  }
  if (prefix) {
    const patterns = prefix.map((t) => parsed(parsePrefixPattern, t));
    nlri((_, n) => {
      const p = n.prefix;
      return p !== undefined && patterns.some((pattern) => insidePrefix(pattern, n.bytes, p.at, p.octets, p.bits));
    });
  }
  if (vni) {
    const ranges = vni.map((t) => parsed((text) => parseNumberRange(text, largestVni), t));
    const wanted = (n: number): boolean => inRanges(ranges, n);
    nlri((set, n) => (n.type === multicastRoute ? wanted(set.tunnelLabel ?? -1) : n.someLabel(wanted)), true);
  }
  return conditions;
}

function compileLists(match: RuleMatch): Condition["holds"][] {
  const { routeTarget, community, largeCommunity, extendedCommunity } = match;
  const lists = [
    [routeTarget, parseRouteTargetPattern, attributeType.extendedCommunities, 8],
    [extendedCommunity, parseExtendedCommunityPattern, attributeType.extendedCommunities, 8],
    [community, parseCommunityPattern, attributeType.communities, 4],
    [largeCommunity, parseLargeCommunityPattern, largeCommunities, 12],
  ] as const;
  return lists.flatMap(([texts, parse, type, width]) => {
    if (!texts) return [];
    const patterns = texts.flatMap((t) => parsed(parse, t));
    return [(set: SetView) => hasOne(set.valueOf(type), width, patterns)];
  });
}

function hasOne(list: Uint8Array | undefined, width: number, patterns: readonly OctetPattern[]): boolean {
  if (!list) return false;
  for (let i = 0; i + width <= list.length; i += width) if (matchesAnyOctets(patterns, list, i)) return true;
  return false;
}

export function insidePrefix(p: PrefixPattern, bytes: Uint8Array, at: number, octets: number, bits: number): boolean {
  return octets === p.address.value.length && bits >= p.least && bits <= p.most && matchesOctets(p.address, bytes, at);
}

export function parsed<T>(parse: (text: string) => T | undefined, text: string): T {
  const value = parse(text);
  if (value === undefined) throw new RangeError(`"${text}" is no pattern of its kind`);
  return value;
}
