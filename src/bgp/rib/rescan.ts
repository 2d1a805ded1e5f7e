// SPDX-License-Identifier: Apache-2.0
import type { AttributesId } from "./attribute-store.ts";
import type { ExportGate } from "./export-gate.ts";
import type { LocRib } from "./loc-rib.ts";
import { anyPath, type PeerState } from "./peer-state.ts";
import { RecordBits } from "./record-bits.ts";
import { attributesWord, type RecordId } from "./record.ts";
import type { UpdateGroup } from "./update-group.ts";

interface Rescan {
  readonly peer: PeerState;
  /** The group whose routes it holds; undefined: it changed again meanwhile, and any route may be different. */
  from: UpdateGroup | undefined;
  cursor: RecordId;
}

const through: RecordId = -1;

/**
 * Peers whose export policy changed: finds, in steps, the routes of which they are to hear something else than they did. What
 * changes by itself meanwhile is noted by the emitter; when the walk is through, the peer catches up like one that was congested.
 */
export class Rescans {
  readonly #rib: LocRib;
  readonly #gate: ExportGate;
  readonly #lagging: Set<PeerState>;
  /** Records per step and peer. */
  readonly #stepSize: number;
  readonly #done: (peer: PeerState) => void;
  #rescans: Rescan[] = [];

  /** @param lagging peers that missed something; kept up to date @param done a peer's walk is through */
  constructor(rib: LocRib, gate: ExportGate, lagging: Set<PeerState>, stepSize: number, done: (peer: PeerState) => void) {
    this.#rib = rib;
    this.#gate = gate;
    this.#lagging = lagging;
    this.#stepSize = stepSize;
    this.#done = done;
  }

  /** `from`: the group that the peer left. */
  start(peer: PeerState, from: UpdateGroup): void {
    const before = this.#rescans.find((r) => r.peer === peer);
    peer.regrouping = true;
    if (!before) this.#rescans.push({ peer, from, cursor: 0 });
    else {
      before.from = undefined;
      before.cursor = 0;
    }
  }

  forget(peer: PeerState): void {
    peer.regrouping = false;
    this.#rescans = this.#rescans.filter((r) => r.peer !== peer);
  }

  /** @returns true when there is more to do */
  step(): boolean {
    for (const rescan of this.#rescans) {
      this.#step(rescan);
      if (rescan.cursor !== through) continue;
      rescan.peer.regrouping = false;
      this.#done(rescan.peer);
    }
    this.#rescans = this.#rescans.filter((r) => r.cursor !== through);
    return this.#rescans.length > 0;
  }

  #step(rescan: Rescan): void {
    const { peer, from } = rescan;
    const { slab } = this.#rib.table;
    const { pages, pageBits, pageMask } = slab;
    let id = slab.next(rescan.cursor);
    for (let n = 0; id !== 0 && n < this.#stepSize; n++) {
      const set = pages[id >>> pageBits]![(id & pageMask) + attributesWord]!;
      if (set !== 0 && (!from || this.#differs(from, peer.group, set, id))) this.#note(peer, id);
      id = slab.next(slab.after(id));
    }
    rescan.cursor = id === 0 ? through : id;
  }

  /** @param best attributes of the best path, which is the only one that counts without add-path */
  #differs(from: UpdateGroup, to: UpdateGroup, best: AttributesId, id: RecordId): boolean {
    if (to.paths === undefined) return this.#gate.differ(from.policy, to.policy, best, id);
    for (const { attributes, rest } of this.#rib.pathsOf(id))
      if (this.#gate.differ(from.policy, to.policy, attributes, id, rest)) return true;
    return false;
  }

  /** Also what it did not ask for by route target, for it may have asked when the walk began: a withdrawal too much does no harm. */
  #note(peer: PeerState, id: RecordId): void {
    peer.missed ??= new RecordBits();
    this.#lagging.add(peer);
    peer.missed.add(id);
    peer.missedPaths?.get(id)?.add(anyPath);
  }
}
