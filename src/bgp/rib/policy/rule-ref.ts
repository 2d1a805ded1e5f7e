// SPDX-License-Identifier: Apache-2.0

/** What decided about a route; people and counters know it by this. */
export interface RuleRef {
  /** `admission`: what the peer may announce at all; `limit`: how many. */
  readonly kind: "policy" | "admission" | "limit";
  /** Name of the policy; of the others, their kind. */
  readonly policy: string;
  /** Name of the rule, or `default`. */
  readonly rule: string;
  readonly line?: number;
}

/** A refusal with a route that met it, for people. */
export interface RefusedRoutes {
  readonly rule: RuleRef;
  routes: number;
  /** The first one, in wire form. */
  readonly example: Uint8Array;
}
