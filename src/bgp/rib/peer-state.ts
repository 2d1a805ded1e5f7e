// SPDX-License-Identifier: Apache-2.0
import type { StoreSource } from "./attribute-store.ts";
import type { Interest } from "./interest.ts";
import type { CompiledPeerPolicy } from "./policy/peer-policy.ts";
import type { Refusals } from "./policy/refusals.ts";
import type { PathSource } from "./path-sources.ts";
import type { RecordId } from "./record.ts";
import type { RecordBits } from "./record-bits.ts";
import type { PeerSlot, RibPeer } from "./types.ts";
import type { UpdateGroup } from "./update-group.ts";
import type { VerdictMemo } from "./verdict-memo.ts";

/** In {@link PeerState.missedPaths}: which paths of the route the peer holds is not known. */
export const anyPath: PathSource = 0;

/** What the RIB keeps per peer. */
export interface PeerState {
  readonly slot: PeerSlot;
  peer: RibPeer;
  source: StoreSource;
  group: UpdateGroup;
  /** `up`: has a session. `stale`: between sessions, its routes are kept. `leaving`: its routes are being removed. */
  phase: "up" | "stale" | "leaving";
  /** The transport said so; nothing is written until {@link Rib.drained}. */
  congested: boolean;
  /** Routes that changed while it was congested. */
  missed: RecordBits | undefined;
  /** Of those, the paths of which it is to be told; {@link anyPath} when it may hold any, and absent for a route: the same. Only with add-path. */
  missedPaths: Map<RecordId, Set<PathSource>> | undefined;
  /** It passed to another group and may hold what that one would not have sent: changes are noted as if it were congested. */
  regrouping: boolean;
  policy: CompiledPeerPolicy | undefined;
  readonly verdicts: VerdictMemo;
  /** What it announced and the policy did not let in, in this session. */
  refused: Refusals;
  /** EVPN was negotiated. */
  evpn: boolean;
  /** Route target membership was negotiated. */
  rtConstrain: boolean;
  /** With both it gets the EVPN routes that it asks for — RFC 4684; undefined: all. */
  interest: Interest | undefined;
  counts: PeerCounters;
}

export interface PeerCounters {
  updatesIn: number;
  announced: number;
  withdrawn: number;
  /** Announcements turned into withdrawals because of a loop, by kind. */
  asLoops: number;
  originatorLoops: number;
  clusterLoops: number;
  /** Announcements turned into withdrawals because an attribute was malformed. */
  treatedAsWithdraw: number;
  /** NLRI left out because lengths inside them do not add up. */
  malformedNlri: number;
  /** Fields of families that the RIB does not hold or that were not negotiated, passed over. */
  otherFamilies: number;
}

export function newPeerCounters(): PeerCounters {
  return {
    updatesIn: 0,
    announced: 0,
    withdrawn: 0,
    asLoops: 0,
    originatorLoops: 0,
    clusterLoops: 0,
    treatedAsWithdraw: 0,
    malformedNlri: 0,
    otherFamilies: 0,
  };
}
