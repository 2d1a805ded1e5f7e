// SPDX-License-Identifier: Apache-2.0
import type { PolicyModel, RuleModel } from "../bgp/rib/policy/model.ts";
import type { SessionPolicy } from "../bgp/speaker/config.ts";
import type { BgpConfig } from "../contract/config/load.ts";
import type { DynamicPeerSection, PeerSection } from "../contract/config/bgp-schema.ts";
import { type PolicySection, type RuleSection, routeTypeWords } from "../contract/config/policy-schema.ts";
import { lineOfRule } from "../contract/config/rule-line.ts";

/** The policies of a configuration by name, as the routing table wants them. */
export function policyModels(policies: BgpConfig["policies"]): ReadonlyMap<string, PolicyModel> {
  return new Map(Object.entries(policies).map(([name, section]) => [name, policyModel(name, section)]));
}

function policyModel(name: string, { rules, default: otherwise }: PolicySection): PolicyModel {
  return { name, default: otherwise, rules: rules.map(ruleModel) };
}

function ruleModel(rule: RuleSection, i: number): RuleModel {
  const { name, match, set, action } = rule;
  const line = lineOfRule(rule);
  const { type, vni, ...rest } = match ?? {};
  return {
    name: name ?? `#${i + 1}`,
    action,
    match: {
      ...rest,
      ...(type && { type: type.map((t) => (typeof t === "number" ? t : routeTypeWords[t])) }),
      ...(vni && { vni: vni.map(String) }),
    },
    ...(set && { set }),
    ...(line !== undefined && { line }),
  };
}

/** What the configuration says about one peer; undefined when that is nothing. */
export function sessionPolicy(
  session: PeerSection | DynamicPeerSection,
  models: ReadonlyMap<string, PolicyModel>,
): SessionPolicy | undefined {
  const { importPolicy, exportPolicy, rewriteRouteTargets, admission } = session;
  if (importPolicy === undefined && exportPolicy === undefined && !rewriteRouteTargets && !admission) return undefined;
  return {
    ...(importPolicy !== undefined && { import: models.get(importPolicy)! }),
    ...(exportPolicy !== undefined && { export: models.get(exportPolicy)! }),
    ...(rewriteRouteTargets && { rewriteTargets: true }),
    ...(admission && { admission }),
  };
}
