// SPDX-License-Identifier: Apache-2.0
import type { PeerState } from "./peer-state.ts";
import type { TargetsId } from "./route-target-sets.ts";

/** Who asked for what: the peers that want the routes with a list of route targets, found once per list. */
export class Interested {
  readonly #peers = new Set<PeerState>();
  readonly #byTargets = new Map<TargetsId, readonly PeerState[]>();

  /** Every peer that is only sent what it asks for. */
  get all(): ReadonlySet<PeerState> {
    return this.#peers;
  }

  add(peer: PeerState): void {
    this.#peers.add(peer);
  }

  delete(peer: PeerState): void {
    if (this.#peers.delete(peer)) this.#byTargets.clear();
  }

  /** Somebody changed its mind about these, or they stand for other route targets now. */
  changed(lists: Iterable<TargetsId>): void {
    for (const id of lists) this.#byTargets.delete(id);
  }

  in(targets: TargetsId): readonly PeerState[] {
    let peers = this.#byTargets.get(targets);
    if (!peers) this.#byTargets.set(targets, (peers = [...this.#peers].filter((p) => p.interest!.wants(targets))));
    return peers;
  }
}
