// SPDX-License-Identifier: Apache-2.0
import type { RuleRef } from "./rule-ref.ts";

/** What one rule refused. */
export interface Refusal {
  readonly rule: RuleRef;
  readonly routes: number;
}

/** Routes that were refused, by the rule that did it. */
export class Refusals {
  readonly #byRule = new Map<string, { rule: RuleRef; routes: number }>();

  add(rule: RuleRef, routes = 1): void {
    const key = `${rule.kind} ${rule.policy} ${rule.rule}`;
    const row = this.#byRule.get(key);
    if (!row) this.#byRule.set(key, { rule, routes });
    else {
      // The newest: after a reload the same rule may stand in another line.
      row.rule = rule;
      row.routes += routes;
    }
  }

  get list(): readonly Refusal[] {
    return Array.from(this.#byRule.values(), (row) => ({ ...row }));
  }
}
