// SPDX-License-Identifier: Apache-2.0
/**
 * Policies as plain data: what the configuration says, checked, with patterns still in text. Recordings hold them, and equal
 * values mean equal treatment.
 */
import type { Ip } from "../../../base/net/ip.ts";

/** `continue`: what follows is looked at too, with the attributes as this rule left them. */
export type RuleAction = "accept" | "deny" | "continue";

/** Conditions; all that are there must hold, and of each list one. */
export interface RuleMatch {
  /** EVPN route types. */
  readonly type?: readonly number[];
  readonly routeTarget?: readonly string[];
  readonly community?: readonly string[];
  readonly largeCommunity?: readonly string[];
  readonly extendedCommunity?: readonly string[];
  readonly nextHop?: readonly string[];
  /** Of type 5, and of the address of type 2. */
  readonly prefix?: readonly string[];
  readonly vni?: readonly string[];
  readonly rd?: readonly string[];
  readonly mac?: readonly string[];
  /** The leftmost AS of the path, any AS of it, the rightmost one. */
  readonly neighbourAs?: readonly number[];
  readonly throughAs?: readonly number[];
  readonly originAs?: readonly number[];
}

/** `replace` comes before `remove`, `remove` before `add`. */
export interface ListEdit {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  readonly replace?: readonly string[];
}

/** `from` is a pattern; a `*` in `to` keeps the number. A number that the new form has no room for leaves the target as it is. */
export interface TargetRewrite {
  readonly from: string;
  readonly to: string;
}

/** What a rule changes of routes that it matches. */
export interface RuleSet {
  readonly localPref?: number;
  readonly med?: number | "none";
  readonly nextHop?: Ip;
  readonly community?: ListEdit;
  readonly largeCommunity?: ListEdit;
  readonly extendedCommunity?: ListEdit;
  readonly routeTarget?: ListEdit & { readonly rewrite?: readonly TargetRewrite[] };
}

export interface RuleModel {
  /** Its own, or `#3` by its place. */
  readonly name: string;
  readonly match?: RuleMatch;
  readonly set?: RuleSet;
  readonly action: RuleAction;
  /** Where it stands in its file; no part of what it does. */
  readonly line?: number;
}

export interface PolicyModel {
  readonly name: string;
  readonly rules: readonly RuleModel[];
  /** For routes that no rule decided about. */
  readonly default: "accept" | "deny";
}

/** What a peer may announce as its own; absent: anything. `own` stands for its address (next hops) or router id and address (RDs). */
export interface AdmissionModel {
  readonly nextHops?: readonly string[];
  readonly rds?: readonly string[];
  readonly routeTargets?: readonly string[];
  readonly macs?: readonly string[];
}

/** How one peer is treated. Only what is there costs anything. */
export interface PeerPolicy {
  readonly import?: PolicyModel;
  readonly export?: PolicyModel;
  readonly admission?: AdmissionModel;
  /** Route targets of the first AS, as automatic ones are, become those of the second when they come in. */
  readonly rewriteTargets?: { readonly from: number; readonly to: number };
  /** New routes beyond so many are not taken. */
  readonly routeLimit?: number;
}
