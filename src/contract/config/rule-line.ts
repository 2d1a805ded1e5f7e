// SPDX-License-Identifier: Apache-2.0
import type { BgpSection } from "./bgp-schema.ts";
import type { RuleSection } from "./policy-schema.ts";
import type { ConfigPath } from "./problem.ts";

/** Beside the values and not in them: a configuration that is printed or compared has no lines. */
const lines = new WeakMap<RuleSection, number>();

/** Remembers where the rules of a file stand. */
export function placeRules(bgp: BgpSection, lineOf: (path: ConfigPath) => number): void {
  for (const [name, policy] of Object.entries(bgp.policies))
    policy.rules.forEach((rule, i) => lines.set(rule, lineOf(["bgp", "policies", name, "rules", i])));
}

/** Line of a rule in its file, 1-based; undefined when it was not read from one. */
export function lineOfRule(rule: RuleSection): number | undefined {
  return lines.get(rule);
}
