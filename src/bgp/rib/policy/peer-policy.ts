// SPDX-License-Identifier: Apache-2.0
import type { RibPeer } from "../types.ts";
import { compileAdmission } from "./admission.ts";
import { compileEdit } from "./edit.ts";
import type { PeerPolicy, PolicyModel } from "./model.ts";
import { compilePolicy, type RoutePolicy, widest } from "./route-policy.ts";

/** How a peer is treated, ready for use. */
export interface CompiledPeerPolicy {
  /** Equal keys: the same is done with routes of the peer. Empty: nothing. Lines in files are not part of it. */
  readonly importKey: string;
  readonly import: RoutePolicy | undefined;
  /** Equal keys: the same is sent. */
  readonly exportKey: string;
  readonly export: RoutePolicy | undefined;
  readonly routeLimit: number;
  /** Route targets are others on this side of the session than on that one: memberships (RFC 4684) cannot speak of them. */
  readonly editsTargets: { readonly import: boolean; readonly export: boolean };
}

/** @throws RangeError when a pattern cannot be read: the configuration is checked before */
export function compilePeerPolicy(policy: PeerPolicy, peer: RibPeer): CompiledPeerPolicy {
  const { admission, rewriteTargets } = policy;
  return {
    importKey: admission || rewriteTargets || policy.import ? JSON.stringify([admission, rewriteTargets, policy.import], withoutLines) : "",
    import: compileImport(policy, peer),
    exportKey: policy.export === undefined ? "" : JSON.stringify(policy.export, withoutLines),
    export: policy.export && compilePolicy(policy.export),
    routeLimit: policy.routeLimit ?? Number.POSITIVE_INFINITY,
    editsTargets: { import: rewriteTargets !== undefined || editsTargets(policy.import), export: editsTargets(policy.export) },
  };
}

function editsTargets(model: PolicyModel | undefined): boolean {
  return model?.rules.some(({ set }) => set?.routeTarget !== undefined || set?.extendedCommunity !== undefined) ?? false;
}

/** RFC 4271 §9.1.1 says when; the order is ours: who may say it, in whose numbers it is said, what we make of it. */
function compileImport(policy: PeerPolicy, peer: RibPeer): RoutePolicy | undefined {
  const admission = policy.admission && compileAdmission(policy.admission, peer);
  const rules = compileRules(policy);
  if (!admission || !rules) return admission ?? rules;
  return {
    looksAt: widest([admission, rules]),
    label: rules.label,
    decide(set, nlri, passed) {
      const admitted = admission.decide(set, nlri);
      return admitted.accepted ? rules.decide(set, nlri, passed) : admitted;
    },
  };
}

function compileRules({ import: model, rewriteTargets }: PeerPolicy): RoutePolicy | undefined {
  if (!rewriteTargets) return model && compilePolicy(model);
  const rewrite = compileEdit({ routeTarget: { rewrite: automaticTargets(rewriteTargets.from, rewriteTargets.to) } });
  const rules = compilePolicy(model ?? acceptAll);
  return { ...rules, decide: (set, nlri, passed) => rules.decide(set.edited(rewrite), nlri, passed) };
}

const acceptAll: PolicyModel = { name: "none", rules: [], default: "accept" };

/**
 * Automatic targets have the low 16 bits of the AS number, for a VNI has no room beside a four-octet one; those who make them by
 * hand may write it whole.
 */
function automaticTargets(from: number, to: number): readonly { from: string; to: string }[] {
  const target = `${to & 0xffff}:*`;
  const short = { from: `${from & 0xffff}:*`, to: target };
  return from > 0xffff ? [short, { from: `${from}:*`, to: target }] : [short];
}

function withoutLines(key: string, value: unknown): unknown {
  return key === "line" ? undefined : value;
}
