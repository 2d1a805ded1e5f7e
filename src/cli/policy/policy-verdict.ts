// SPDX-License-Identifier: Apache-2.0
import { ipFromBytes } from "../../base/net/ip.ts";
import type { RoutePolicy } from "../../bgp/rib/policy/route-policy.ts";
import { NlriView, SetView } from "../../bgp/rib/policy/route-view.ts";
import type { RuleRef } from "../../bgp/rib/policy/rule-ref.ts";
import { attributeOf } from "../../bgp/wire/attribute/attribute.ts";
import { formatSegments } from "../../bgp/wire/attribute/as-path.ts";
import { decodeAttributes } from "../../bgp/wire/attribute/decode.ts";
import { formatCommunity } from "../../bgp/wire/community/community.ts";
import { formatLargeCommunity } from "../../bgp/wire/community/large-community.ts";
import { formatExtendedCommunity } from "../../bgp/wire/community/table.ts";
import { decodeEvpn, formatEvpn } from "../../bgp/wire/nlri/evpn/table.ts";
import type { CandidateRoute } from "./candidate-route.ts";

/** What a policy can see and change of a set of attributes, for people. */
export interface AttributesShown {
  readonly nextHop: string;
  readonly localPref: number | null;
  readonly med: number | null;
  readonly asPath: string;
  readonly routeTargets: readonly string[];
  readonly communities: readonly string[];
}

export interface PlaceOfRule {
  readonly policy: string;
  readonly rule: string;
  /** `FILE:LINE`; null: the rule stands in no file. */
  readonly at: string | null;
}

/** What became of one route, and by what. */
export interface PolicyVerdict {
  readonly route: string;
  readonly verdict: "accepted" | "modified" | "denied";
  /** What decided. */
  readonly by: PlaceOfRule;
  /** Rules that matched on the way, the one that decided among them. */
  readonly matched: readonly PlaceOfRule[];
  readonly before: AttributesShown;
  /** Null: it is denied. */
  readonly after: AttributesShown | null;
}

/** @param file that rules stand in */
export function verdictOn(policy: RoutePolicy | undefined, { set, nlri }: CandidateRoute, file: string): PolicyVerdict {
  const place = ({ policy: name, rule, line }: RuleRef): PlaceOfRule => ({
    policy: name,
    rule,
    at: line === undefined ? null : `${file}:${line}`,
  });
  const matched: PlaceOfRule[] = [];
  const view = new SetView(set);
  const decision = policy?.decide(view, new NlriView().over(nlri, 0), (rule) => void matched.push(place(rule)));
  const route = decodeEvpn(nlri);
  const changed = decision !== undefined && decision.set.octets !== set;
  const accepted = decision?.accepted ?? true;
  return {
    route: `${"rd" in route ? `${route.rd} ` : ""}${formatEvpn(route)}`,
    verdict: !accepted ? "denied" : changed ? "modified" : "accepted",
    by: decision ? place(decision.rule) : { policy: "none", rule: "default", at: null },
    matched,
    before: shown(set),
    after: accepted ? shown(decision?.set.octets ?? set) : null,
  };
}

function shown(set: Uint8Array): AttributesShown {
  const hop = set.subarray(1, 1 + set[0]!);
  const { attributes } = decodeAttributes(set.subarray(1 + set[0]!), { fourOctetAs: true, peer: "unknown" });
  const extended = attributeOf(attributes, "extended-communities")?.communities ?? [];
  return {
    nextHop: hop.length === 4 || hop.length >= 16 ? ipFromBytes(hop, 0, hop.length === 4 ? 4 : 16) : "-",
    localPref: attributeOf(attributes, "local-pref")?.preference ?? null,
    med: attributeOf(attributes, "multi-exit-disc")?.metric ?? null,
    asPath: formatSegments(attributeOf(attributes, "as-path")?.segments ?? []),
    routeTargets: extended.flatMap((c) => (c.kind === "route-target" ? [c.target] : [])),
    communities: [
      ...(attributeOf(attributes, "communities")?.communities ?? []).map(formatCommunity),
      ...extended.filter((c) => c.kind !== "route-target").map(formatExtendedCommunity),
      ...(attributeOf(attributes, "large-communities")?.communities ?? []).map(formatLargeCommunity),
    ],
  };
}

/** One line for each thing that differs: `local-pref 100 → 200`. */
export function differences(before: AttributesShown, after: AttributesShown): readonly string[] {
  const text = (value: AttributesShown[keyof AttributesShown]): string =>
    (typeof value === "object" ? (value ?? []).join(" ") : String(value)) || "none";
  const names: Readonly<Record<keyof AttributesShown, string>> = {
    nextHop: "next hop",
    localPref: "local-pref",
    med: "MED",
    asPath: "AS path",
    routeTargets: "route targets",
    communities: "communities",
  };
  return (Object.keys(names) as (keyof AttributesShown)[]).flatMap((key) => {
    const [was, is] = [text(before[key]), text(after[key])];
    return was === is ? [] : [`${names[key]}: ${was} → ${is}`];
  });
}
