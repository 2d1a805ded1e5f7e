// SPDX-License-Identifier: Apache-2.0
import type { CompiledPeerPolicy } from "./policy/peer-policy.ts";
import { Refusals } from "./policy/refusals.ts";
import type { RoutePolicy } from "./policy/route-policy.ts";
import { type ExportClass, exportClassOf } from "./export-class.ts";
import type { RibPeer } from "./types.ts";

/** Peers that get the same octets, so that one encoding serves them all. */
export interface UpdateGroup {
  readonly key: string;
  readonly exportClass: ExportClass;
  readonly ebgp: boolean;
  readonly fourOctetAs: boolean;
  readonly maxMessage: number;
  /** With add-path: how many paths of a route its peers are sent. Undefined: the best one, without an identifier. */
  readonly paths: "all" | number | undefined;
  /** Of the newest configuration; a group has peers whose policies do the same. */
  policy: RoutePolicy | undefined;
  /** Routes that the policy kept back, each time that they changed. */
  readonly refused: Refusals;
}

/** @param policy the key of its export policy */
export function updateGroupKey(peer: RibPeer, policy: string): string {
  return [
    peer.role,
    peer.fourOctetAs ? "as4" : "as2",
    peer.maxMessage,
    peer.longLivedGracefulRestart ? "llgr" : "",
    peer.addPath?.send ?? "",
    policy,
  ].join(" ");
}

export function newUpdateGroup(key: string, peer: RibPeer, policy: CompiledPeerPolicy | undefined): UpdateGroup {
  return {
    key,
    exportClass: exportClassOf(peer.role, peer.longLivedGracefulRestart === true),
    ebgp: peer.role === "ebgp",
    fourOctetAs: peer.fourOctetAs,
    maxMessage: peer.maxMessage,
    paths: peer.addPath?.send,
    policy: policy?.export,
    refused: new Refusals(),
  };
}
