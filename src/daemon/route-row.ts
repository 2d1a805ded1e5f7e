// SPDX-License-Identifier: Apache-2.0
import { ipFromBytes } from "../base/net/ip.ts";
import { rdFromBytes } from "../base/net/rd.ts";
import type { RouteEntry } from "../bgp/rib/route-query.ts";
import type { AttributeSet } from "../bgp/rib/types.ts";
import { attributeOf } from "../bgp/wire/attribute/attribute.ts";
import { attributeCode, attributeName, formatAttribute } from "../bgp/wire/attribute/table.ts";
import { formatSegments } from "../bgp/wire/attribute/as-path.ts";
import { formatCommunity } from "../bgp/wire/community/community.ts";
import { formatLargeCommunity } from "../bgp/wire/community/large-community.ts";
import { formatExtendedCommunity } from "../bgp/wire/community/table.ts";
import type { EvpnRoute } from "../bgp/wire/nlri/evpn/route.ts";
import { decodeEvpn, evpnType, formatEvpn } from "../bgp/wire/nlri/evpn/table.ts";
import type { RouteRow } from "../contract/inspect.ts";

/** What a set of attributes says, in text; the same for all routes that share it. */
export interface AttributeText {
  readonly nextHop: string;
  readonly localPref: number | null;
  readonly asPath: string;
  readonly routeTargets: readonly string[];
  readonly communities: readonly string[];
  /** VNI of the PMSI tunnel: the label of a type-3 route. */
  readonly tunnelLabel: number | null;
}

const known = new WeakMap<AttributeSet, AttributeText>();

export function attributeText(set: AttributeSet): AttributeText {
  const before = known.get(set);
  if (before) return before;
  const attributes = set.attributes();
  const extended = attributeOf(attributes, "extended-communities")?.communities ?? [];
  const nextHop = set.nextHop;
  const text: AttributeText = {
    // A 32-octet next hop is a global address and a link-local one — RFC 2545 §3.
    nextHop: nextHop.length === 4 || nextHop.length >= 16 ? ipFromBytes(nextHop, 0, nextHop.length === 4 ? 4 : 16) : "-",
    localPref: attributeOf(attributes, "local-pref")?.preference ?? null,
    asPath: formatSegments(attributeOf(attributes, "as-path")?.segments ?? []),
    routeTargets: extended.flatMap((c) => (c.kind === "route-target" ? [c.target] : [])),
    communities: [
      ...(attributeOf(attributes, "communities")?.communities ?? []).map(formatCommunity),
      ...extended.filter((c) => c.kind !== "route-target").map(formatExtendedCommunity),
      ...(attributeOf(attributes, "large-communities")?.communities ?? []).map(formatLargeCommunity),
    ],
    tunnelLabel: attributeOf(attributes, "pmsi-tunnel")?.label ?? null,
  };
  known.set(set, text);
  return text;
}

/** Labels as VNIs (RFC 8365 §5.1.3): of the NLRI, or of the tunnel of a type-3 route. */
export function labelsOf(route: EvpnRoute, tunnelLabel: number | null): readonly number[] {
  switch (route.kind) {
    case "mac-ip":
      return route.label2 === undefined ? [route.label] : [route.label, route.label2];
    case "ethernet-ad":
    case "ip-prefix":
      return [route.label];
    case "inclusive-multicast":
      return tunnelLabel === null ? [] : [tunnelLabel];
    default:
      return [];
  }
}

/** Types that we only carry have their RD where all others have it — RFC 9251 §9, RFC 9572 §3. */
function rdOf(route: EvpnRoute): string {
  if (route.kind !== "opaque-evpn") return route.rd;
  return route.type > 0 && route.type <= 11 && route.value.length >= 8 ? rdFromBytes(route.value) : "";
}

/** The address that a route is about: of the host, the originator, the prefix. */
export function ipOf(route: EvpnRoute): string | null {
  switch (route.kind) {
    case "mac-ip":
      return route.ip ?? null;
    case "inclusive-multicast":
    case "ethernet-segment":
      return route.originator;
    case "ip-prefix":
      return route.prefix.ip;
    default:
      return null;
  }
}

/** Path attributes for people, a line for each, as `weft bgp decode` names them. */
export function attributeLines(set: AttributeSet): readonly string[] {
  return set.attributes().map((a) => `${attributeName(attributeCode(a))}: ${formatAttribute(a)}`);
}

export function routeRow(entry: RouteEntry): RouteRow {
  const route = decodeEvpn(entry.nlri);
  const { tunnelLabel, ...text } = attributeText(entry.attributes);
  return {
    family: entry.family,
    route: formatEvpn(route),
    type: evpnType(route),
    rd: rdOf(route),
    peer: entry.fromName,
    best: entry.best,
    stale: entry.stale,
    ...text,
    labels: labelsOf(route, tunnelLabel),
    mac: route.kind === "mac-ip" ? route.mac : null,
    ip: ipOf(route),
  };
}
