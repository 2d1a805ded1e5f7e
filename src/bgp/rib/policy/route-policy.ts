// SPDX-License-Identifier: Apache-2.0
import { compileEdit } from "./edit.ts";
import { compileMatch, type Condition, type LooksAt } from "./match.ts";
import type { PolicyModel, RuleAction, RuleModel } from "./model.ts";
import type { Edit, NlriView, SetView } from "./route-view.ts";
import type { RuleRef } from "./rule-ref.ts";

export interface Decision {
  readonly accepted: boolean;
  readonly rule: RuleRef;
  /** As it is to go on; the set that was given when nothing changed it. */
  readonly set: SetView;
}

/** Decides about routes. Asked again about the same it says the same. */
export interface RoutePolicy {
  readonly looksAt: LooksAt;
  /** It sees octets that are not part of a route's key. */
  readonly label: boolean;
  /** `passed`: told every rule that matched. */
  decide(set: SetView, nlri: NlriView, passed?: (rule: RuleRef, set: SetView) => void): Decision;
}

interface CompiledRule {
  readonly ref: RuleRef;
  readonly conditions: readonly Condition[];
  readonly edit: Edit | undefined;
  readonly action: RuleAction;
}

const costs: readonly LooksAt[] = ["attributes", "type", "nlri"];

/** What looks at everything that these look at. */
export function widest(parts: readonly { readonly looksAt: LooksAt }[]): LooksAt {
  return costs[Math.max(0, ...parts.map((p) => costs.indexOf(p.looksAt)))]!;
}

/** @throws RangeError when a pattern cannot be read: the configuration is checked before */
export function compilePolicy(model: PolicyModel): RoutePolicy {
  const rules = model.rules.map((rule) => compileRule(model.name, rule));
  const conditions = rules.flatMap((r) => r.conditions);
  const otherwise: RuleRef = { kind: "policy", policy: model.name, rule: "default" };
  return {
    looksAt: widest(conditions),
    label: conditions.some((c) => c.label),
    decide(given, nlri, passed) {
      let set = given;
      for (const { ref, conditions, edit, action } of rules) {
        if (!conditions.every((c) => c.holds(set, nlri))) continue;
        if (edit && action !== "deny") set = set.edited(edit);
        passed?.(ref, set);
        if (action !== "continue") return { accepted: action === "accept", rule: ref, set };
      }
      return { accepted: model.default === "accept", rule: otherwise, set };
    },
  };
}

function compileRule(policy: string, rule: RuleModel): CompiledRule {
  const { name, line, match, set, action } = rule;
  return {
    ref: { kind: "policy", policy, rule: name, ...(line !== undefined && { line }) },
    conditions: compileMatch(match ?? {}),
    edit: set && compileEdit(set),
    action,
  };
}
