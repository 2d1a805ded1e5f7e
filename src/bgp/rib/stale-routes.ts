// SPDX-License-Identifier: Apache-2.0
import { Writer } from "../../base/bytes/writer.ts";
import { type AttributesId, AttributeScratch, type AttributeStore } from "./attribute-store.ts";
import { community } from "./attribute-summary.ts";
import { attributeFlag, attributeType, AttributeWalk } from "./attribute-walk.ts";
import { writeHeader } from "./export-attributes.ts";
import type { LocRib } from "./loc-rib.ts";
import type { PeerState } from "./peer-state.ts";
import type { PeerTable } from "./peer-table.ts";
import { Sweep } from "./sweep.ts";

/** What happens to routes whose peer went: removed, kept for a restart, or aged — RFC 4724 §4.2, RFC 9494 §4. */
export class StaleRoutes {
  readonly #rib: LocRib;
  readonly #attributes: AttributeStore;
  readonly #peers: PeerTable;
  readonly #sweep: Sweep;
  /** Sets that long-lived staleness moved, and where to; both held until the walk is through, so that neither's id gets another meaning. */
  readonly #aged = new Map<AttributesId, AttributesId>();
  readonly #scratch = new AttributeScratch();

  constructor(rib: LocRib, attributes: AttributeStore, peers: PeerTable, step: number) {
    this.#rib = rib;
    this.#attributes = attributes;
    this.#peers = peers;
    this.#sweep = new Sweep(rib, attributes, (set) => this.#ageSet(set), step);
  }

  /** One step of what is under way. @returns true when there is more */
  step(): boolean {
    return this.#sweep.step();
  }

  /**
   * @param keep `reflected`: only routes that have an ORIGINATOR_ID other than the peer
   * @param keepOlder without it what is still stale from the restart before goes when the peer restarts again — RFC 4724 §4.2
   */
  down(state: PeerState, keep: "all" | "reflected" | "none", keepOlder: boolean): void {
    this.#peers.leaveGroup(state);
    if (!keepOlder) this.#attributes.retire(state.slot, "doomed", true);
    if (keep === "none") {
      state.phase = "leaving";
      this.#attributes.retire(state.slot, "doomed", false);
    } else {
      state.phase = "stale";
      this.#rib.dropDoubtful(state.slot);
      this.#attributes.retire(state.slot, "stale", false);
      if (keep === "reflected") this.#attributes.doomOwn(state.slot, state.peer.routerId);
    }
    this.#start(state);
  }

  sweep(state: PeerState): void {
    if (state.phase === "stale") state.phase = "leaving";
    this.#attributes.retire(state.slot, "doomed", true);
    this.#start(state);
  }

  /** Those that it reflected for others stay stale. */
  sweepOwn(state: PeerState): void {
    this.#attributes.doomOwn(state.slot, state.peer.routerId);
    this.#start(state);
  }

  age(state: PeerState): void {
    this.#attributes.retire(state.slot, "ageing", true);
    this.#sweep.start(() => {
      for (const pair of this.#aged) for (const set of pair) this.#attributes.drop(set);
      this.#aged.clear();
    });
  }

  #start(state: PeerState): void {
    const done = (): void => {
      if (state.phase === "leaving") this.#peers.retire(state);
    };
    if (this.#rib.received(state.slot) === 0) done();
    else this.#sweep.start(done);
  }

  /** The set that takes the place of one that aged, or `gone` when its routes asked not to be kept that long. */
  #ageSet(set: AttributesId): AttributesId | "gone" {
    const stored = this.#attributes.get(set);
    if (stored.noLlgr) return "gone";
    let aged = this.#aged.get(set);
    if (aged !== undefined) return aged;
    const state = this.#peers.get(this.#attributes.source(set))!;
    const octets = this.#attributes.view(set);
    const nextHopEnd = 1 + octets[0]!;
    const received = octets.subarray(nextHopEnd);
    const attributes = stored.llgrStale ? received : withLlgrStale(received);
    this.#scratch.begin(octets, 1, octets[0]!);
    this.#scratch.append(attributes, 0, attributes.length);
    aged = this.#attributes.insertAged({ ...state.source, slot: this.#attributes.pathSource(set) }, this.#scratch);
    this.#attributes.hold(aged);
    this.#attributes.hold(set);
    this.#aged.set(set, aged);
    return aged;
  }
}

/** RFC 9494 §4.2: with the LLGR_STALE community, in its place in the order of attributes. */
function withLlgrStale(attributes: Uint8Array): Uint8Array {
  const out = new Writer(attributes.length + 8);
  const walk = new AttributeWalk().over(attributes, 0, attributes.length);
  let written = false;
  const add = (before: Uint8Array, flags: number): void => {
    written = true;
    writeHeader(flags, attributeType.communities, before.length + 4, out)
      .put(before)
      .u32(community.llgrStale);
  };
  while (walk.advance()) {
    if (walk.type === attributeType.communities && !written) {
      add(attributes.subarray(walk.value, walk.next), walk.flags);
      continue;
    }
    if (walk.type > attributeType.communities && !written) add(new Uint8Array(0), attributeFlag.optional | attributeFlag.transitive);
    out.put(attributes.subarray(walk.at, walk.next));
  }
  if (!written) add(new Uint8Array(0), attributeFlag.optional | attributeFlag.transitive);
  return out.finish();
}
