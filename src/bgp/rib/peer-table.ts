// SPDX-License-Identifier: Apache-2.0
import { toHex } from "../../base/bytes/hex.ts";
import { type Ip, ipToBytes } from "../../base/net/ip.ts";
import type { AttributeStore, StoreSource } from "./attribute-store.ts";
import type { SpeakerIdentity } from "./attribute-summary.ts";
import { exportMasks } from "./export-class.ts";
import type { LocRib } from "./loc-rib.ts";
import type { PeerPolicy } from "./policy/model.ts";
import { type CompiledPeerPolicy, compilePeerPolicy } from "./policy/peer-policy.ts";
import { Refusals } from "./policy/refusals.ts";
import { newPeerCounters, type PeerState } from "./peer-state.ts";
import { attributesWord } from "./record.ts";
import type { RecordTable } from "./record-table.ts";
import { localSlot, type PeerSlot, type RibPeer } from "./types.ts";
import type { Batch } from "./batch.ts";
import { newUpdateGroup, type UpdateGroup, updateGroupKey } from "./update-group.ts";
import { VerdictMemo } from "./verdict-memo.ts";

export interface GroupMembers {
  readonly group: UpdateGroup;
  readonly members: PeerState[];
}

/** Peers by slot, their groups, and how many routes each has been sent. */
export class PeerTable {
  readonly local: StoreSource;
  readonly groups = new Map<string, GroupMembers>();
  readonly #states: (PeerState | undefined)[] = [];
  /** Slots whose routes are all gone; free for others when nothing in the tables names them any more. */
  #gone: PeerState[] = [];
  /** Routes by export mask of their best path: of all, and per source. */
  readonly #best = new Int32Array(exportMasks);
  readonly #bestFrom: (Int32Array | undefined)[] = [];

  constructor(self: SpeakerIdentity) {
    this.local = { slot: localSlot, role: "local", routerId: self.routerId, peerAddress: "" };
  }

  get(slot: PeerSlot): PeerState | undefined {
    return this.#states[slot];
  }

  /** By slot, or by name a peer whose routes are kept or that has a session. */
  find(peer: PeerSlot | string): PeerState | undefined {
    if (typeof peer === "number") return this.#states[peer];
    return this.#states.find((s) => s?.peer.name === peer && s.phase !== "leaving");
  }

  /** All but those whose routes are being removed. */
  *all(): Generator<PeerState> {
    for (const state of this.#states) if (state && state.phase !== "leaving") yield state;
  }

  name(slot: PeerSlot): string {
    return slot === localSlot ? "local" : (this.#states[slot]?.peer.name ?? "");
  }

  add(peer: RibPeer): PeerState {
    const kept = this.#states.find((s) => s?.phase === "stale" && s.peer.name === peer.name);
    const slot = kept?.slot ?? this.#freeSlot();
    const policy = peer.policy && compilePeerPolicy(peer.policy, peer);
    const { group, members } = this.#groupOf(peer, policy);
    const state: PeerState = kept ?? {
      slot,
      peer,
      group,
      source: this.#sourceOf(slot, peer),
      phase: "up",
      congested: false,
      missed: undefined,
      missedPaths: undefined,
      regrouping: false,
      policy,
      verdicts: new VerdictMemo(),
      refused: new Refusals(),
      evpn: false,
      rtConstrain: false,
      interest: undefined,
      counts: newPeerCounters(),
    };
    state.peer = peer;
    state.group = group;
    state.source = this.#sourceOf(slot, peer);
    state.phase = "up";
    state.congested = false;
    state.regrouping = false;
    state.policy = policy;
    state.refused = new Refusals();
    state.evpn = peer.families.includes("l2vpn-evpn");
    state.rtConstrain = peer.families.includes("rt-constrain");
    state.counts = newPeerCounters();
    this.#states[slot] = state;
    members.push(state);
    return state;
  }

  /**
   * Another policy for a peer with a session. @returns whether its routes have to be looked at again, and the group that it left when
   * others are to be sent
   */
  setPolicy(state: PeerState, policy: PeerPolicy | undefined): { readonly importChanged: boolean; readonly left: UpdateGroup | undefined } {
    const before = state.policy;
    const now = policy && compilePeerPolicy(policy, state.peer);
    const { policy: _, ...peer } = state.peer;
    state.peer = policy ? { ...peer, policy } : peer;
    state.policy = now;
    const importChanged = (before?.importKey ?? "") !== (now?.importKey ?? "");
    const old = state.group;
    if ((before?.exportKey ?? "") === (now?.exportKey ?? "")) {
      // The same rules may stand in other lines.
      old.policy = now?.export;
      return { importChanged, left: undefined };
    }
    this.leaveGroup(state);
    const { group, members } = this.#groupOf(state.peer, now);
    state.group = group;
    members.push(state);
    return { importChanged, left: old };
  }

  /** No session any more: it gets nothing from now on. */
  leaveGroup(state: PeerState): void {
    const { key } = state.group;
    const members = this.groups.get(key)?.members ?? [];
    const at = members.indexOf(state);
    if (at >= 0) members.splice(at, 1);
    if (members.length === 0) this.groups.delete(key);
  }

  /** Its last path is gone; the slot is free after the flush that says so. */
  retire(state: PeerState): void {
    this.#gone.push(state);
  }

  releaseGone(): void {
    for (const state of this.#gone) if (this.#states[state.slot] === state) this.#states[state.slot] = undefined;
    this.#gone = [];
  }

  /** Counts what a batch of changes did, for {@link standing}. */
  tally(batch: Batch, table: RecordTable, attributes: AttributeStore): void {
    const { pages, pageBits, pageMask } = table.slab;
    for (let i = batch.start; i < batch.start + batch.count; i++) {
      const id = batch.records[i]!;
      const now = pages[id >>> pageBits]![(id & pageMask) + attributesWord]!;
      const before = batch.before![i]!;
      if (before !== 0) this.#add(attributes.exportMask(before), attributes.source(before), -1);
      if (now !== 0) this.#add(attributes.exportMask(now), attributes.source(now), 1);
    }
  }

  standing(state: PeerState, rib: LocRib): { received: number; sent: number; congested: boolean; missed: number; stale: boolean } {
    const bit = 1 << state.group.exportClass;
    const own = this.#bestFrom[state.slot];
    let sent = 0;
    if (state.phase === "up" && state.evpn) {
      for (let mask = 0; mask < exportMasks; mask++) if ((mask & bit) !== 0) sent += this.#best[mask]! - (own?.[mask] ?? 0);
    }
    return {
      received: rib.received(state.slot),
      sent,
      congested: state.congested,
      missed: state.missed?.size ?? 0,
      stale: state.phase === "stale",
    };
  }

  #add(mask: number, source: PeerSlot, by: number): void {
    this.#best[mask]! += by;
    (this.#bestFrom[source] ??= new Int32Array(exportMasks))[mask]! += by;
  }

  #groupOf(peer: RibPeer, policy: CompiledPeerPolicy | undefined): GroupMembers {
    const key = updateGroupKey(peer, policy?.exportKey ?? "");
    let group = this.groups.get(key);
    if (!group) this.groups.set(key, (group = { group: newUpdateGroup(key, peer, policy), members: [] }));
    group.group.policy = policy?.export;
    return group;
  }

  #sourceOf(slot: PeerSlot, peer: RibPeer): StoreSource {
    return { slot, role: peer.role, routerId: peer.routerId, peerAddress: addressOrder(peer.address) };
  }

  #freeSlot(): PeerSlot {
    for (let slot = localSlot + 1; ; slot++) if (!this.#states[slot]) return slot;
  }
}

/** IPv4 before IPv6, each in numeric order. */
function addressOrder(address: Ip): string {
  const octets = ipToBytes(address);
  return `${octets.length === 4 ? "4" : "6"}${toHex(octets)}`;
}
