// SPDX-License-Identifier: Apache-2.0
import {
  exactOctets,
  parseCommunityPattern,
  parseExtendedCommunityPattern,
  parseLargeCommunityPattern,
  parseRouteTargetPattern,
} from "../../base/pattern/community-pattern.ts";
import type { OctetPattern } from "../../base/pattern/octet-pattern.ts";
import type { BgpSection } from "./bgp-schema.ts";
import { checkUnique } from "./check-unique.ts";
import type { RuleSection } from "./policy-schema.ts";
import type { ConfigPath } from "./problem.ts";
import type { Complain } from "./read-file.ts";
import { suggest } from "./suggest.ts";

type Session = BgpSection["peers"][number] | BgpSection["dynamicPeers"][number];
type Set = NonNullable<RuleSection["set"]>;

/** What must hold within policies beyond the form of their keys. */
export function checkPolicies(bgp: BgpSection, complain: Complain): void {
  for (const [name, { rules }] of Object.entries(bgp.policies)) {
    const path = ["bgp", "policies", name, "rules"];
    const named = rules.flatMap((r, i) => (r.name === undefined ? [] : [{ name: r.name, i }]));
    checkUnique(
      named,
      (r) => r.name,
      "rule",
      (n) => [...path, named[n]!.i, "name"],
      complain,
    );
    rules.forEach((rule, i) => checkRule(rule, [...path, i], complain));
  }
}

/** That the policies of a peer are there, and that they make sense for it. */
export function checkPeerPolicy(bgp: BgpSection, peer: Session, path: ConfigPath, complain: Complain): void {
  const names = Object.keys(bgp.policies);
  for (const key of ["importPolicy", "exportPolicy"] as const) {
    const name = peer[key];
    if (name === undefined || names.includes(name)) continue;
    const meant = suggest(name, names);
    const allowed = names.length === 0 ? "`bgp.policies` is empty" : `policies: ${names.join(", ")}`;
    complain("WEFT_CONFIG_REFERENCE", [...path, key], `no policy "${name}"`, allowed, meant ? `did you mean "${meant}"?` : "");
  }
  if (peer.rewriteRouteTargets && peer.asn === bgp.asn) {
    const wrong = "a peer of our own AS has our route targets";
    complain("WEFT_CONFIG_CONFLICT", [...path, "rewriteRouteTargets"], wrong, "", "drop it, or rewrite by a policy");
  }
  if (peer.maxRoutes?.restart !== undefined && peer.maxRoutes.action !== "reset") {
    const wrong = `only a session that is reset comes back, and \`action\` is ${peer.maxRoutes.action}`;
    complain("WEFT_CONFIG_CONFLICT", [...path, "maxRoutes", "restart"], wrong, "", "drop one of them");
  }
  for (const [key, value] of Object.entries(peer.admission ?? {}))
    if (value?.length === 0) complain("WEFT_CONFIG_VALUE", [...path, "admission", key], "is empty", "nothing could be announced");
}

function checkRule(rule: RuleSection, path: ConfigPath, complain: Complain): void {
  for (const [key, value] of Object.entries(rule.match ?? {}))
    if (Array.isArray(value) && value.length === 0)
      complain("WEFT_CONFIG_VALUE", [...path, "match", key], "is empty", "no route could match", "drop the key, or name something");
  const { set } = rule;
  if (!set) return;
  if (rule.action === "deny") {
    const wrong = "changes routes that the rule denies";
    complain("WEFT_CONFIG_CONFLICT", [...path, "set"], wrong, "", "drop `set`, or let the action be accept or continue");
  }
  checkEdits(set, [...path, "set"], complain);
}

const parsers: Readonly<Record<string, (text: string) => readonly OctetPattern[] | undefined>> = {
  community: parseCommunityPattern,
  largeCommunity: parseLargeCommunityPattern,
  extendedCommunity: parseExtendedCommunityPattern,
  routeTarget: parseRouteTargetPattern,
};

/** What is added has to be whole. */
function checkEdits(set: Set, path: ConfigPath, complain: Complain): void {
  for (const [key, parse] of Object.entries(parsers)) {
    const edit = set[key as "community"];
    for (const list of ["add", "replace"] as const)
      edit?.[list]?.forEach((text, i) => {
        if (exactOctets(parse(text)) !== undefined) return;
        const wrong = `"${text}" leaves something open`;
        complain("WEFT_CONFIG_VALUE", [...path, key, list, i], wrong, "what is added has a number in every place");
      });
  }
  set.routeTarget?.rewrite?.forEach(({ to }, i) => {
    if (!to.startsWith("*")) return;
    const wrong = `"${to}" does not say whose target it becomes`;
    complain(
      "WEFT_CONFIG_VALUE",
      [...path, "routeTarget", "rewrite", i, "to"],
      wrong,
      "allowed: ASN:NUMBER, ASN:*, ADDRESS:NUMBER or ADDRESS:*",
    );
  });
}
