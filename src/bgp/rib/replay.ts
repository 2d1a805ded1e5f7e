// SPDX-License-Identifier: Apache-2.0
import type { Family } from "../wire/family.ts";
import type { Emitter } from "./emitter.ts";
import type { PeerState } from "./peer-state.ts";
import { attributesWord, type RecordId } from "./record.ts";
import { RecordBits } from "./record-bits.ts";
import type { RecordTable } from "./record-table.ts";
import type { TargetsId } from "./route-target-sets.ts";
import type { UpdateGroup } from "./update-group.ts";

/** The whole table on its way to one peer. */
interface Dump {
  readonly peer: PeerState;
  /** Next position in the record table; {@link nowhere} when there is nothing to send but {@link closing}. */
  cursor: RecordId;
  /** Of a refresh. */
  readonly refreshes: Family | undefined;
  /** Written before the first route: the beginning of a refresh. */
  opening: readonly Uint8Array[];
  /** Written when it is through: End-of-RIB, or the end of a refresh. */
  readonly closing: readonly Uint8Array[];
}

const nowhere: RecordId = -2;
const through: RecordId = -1;

/** Whole tables for peers that came up or asked, and what congested peers missed: in steps, as fast as each peer takes it. */
export class Replays {
  readonly #table: RecordTable;
  readonly #emitter: Emitter;
  readonly #lagging: Set<PeerState>;
  /** Routes of a step, which is one turn of the loop. */
  readonly #records: Int32Array;
  #dumps: Dump[] = [];
  #catchingUp = new Set<PeerState>();

  /**
   * @param lagging peers that missed something; kept up to date
   * @param step routes sent to a peer in one turn
   */
  constructor(table: RecordTable, emitter: Emitter, lagging: Set<PeerState>, step: number) {
    this.#records = new Int32Array(step);
    this.#lagging = lagging;
    this.#table = table;
    this.#emitter = emitter;
  }

  dump(peer: PeerState, closing: readonly Uint8Array[]): void {
    this.#dumps.push({ peer, cursor: 0, refreshes: undefined, opening: [], closing });
  }

  /** Octets that are no routes, written with the next step: whoever asks may not be ready to take them yet. */
  mark(peer: PeerState, closing: readonly Uint8Array[]): void {
    if (closing.length > 0) this.#dumps.push({ peer, cursor: nowhere, refreshes: undefined, opening: [], closing });
  }

  /**
   * What a peer asked for again, between marks or without. One that waits already answers this request as well: a peer that asks
   * without end is sent no more than it takes.
   * @param routes whether there is a table to send
   */
  refresh(
    peer: PeerState,
    refreshes: Family,
    marks: { readonly begin: Uint8Array; readonly end: Uint8Array } | undefined,
    routes: boolean,
  ): void {
    const start = routes ? 0 : nowhere;
    if (this.#dumps.some((d) => d.peer === peer && d.refreshes === refreshes && d.cursor === start)) return;
    this.#dumps.push({ peer, cursor: start, refreshes, opening: marks ? [marks.begin] : [], closing: marks ? [marks.end] : [] });
  }

  /** The newest state of these routes is sent as if the peer had missed them. */
  renew(peer: PeerState, each: (add: (id: RecordId) => void) => void): void {
    const missed = peer.missed ?? new RecordBits();
    each((id) => missed.add(id));
    if (missed.size === 0) return;
    peer.missed = missed;
    this.#lagging.add(peer);
    this.#catchingUp.add(peer);
  }

  /** With add-path: of these routes the paths with one of these lists of route targets. */
  renewPaths(peer: PeerState, flipped: ReadonlySet<TargetsId>, each: (add: (id: RecordId) => void) => void): void {
    each((id) => this.#emitter.missFlipped(peer, id, flipped));
    this.catchUp(peer);
  }

  catchUp(peer: PeerState): void {
    if (peer.missed) this.#catchingUp.add(peer);
  }

  forget(peer: PeerState): void {
    this.#dumps = this.#dumps.filter((d) => d.peer !== peer);
    this.#caughtUp(peer);
    peer.missedPaths = undefined;
  }

  /** One step for everybody who can take it. @returns true when there is more to do now */
  step(): boolean {
    for (const peer of this.#catchingUp) this.#stepMissed(peer);
    const together = new Map<string, Dump[]>();
    const served = new Set<PeerState>();
    for (const dump of this.#dumps) {
      // One after the other: RFC 7313 §4 wants no BoRR before the End-of-RIB.
      if (served.has(dump.peer)) continue;
      served.add(dump.peer);
      // What it missed comes first: a mark behind the table must not overtake routes.
      if (waits(dump.peer)) continue;
      const key = `${dump.cursor} ${dump.peer.group.key}`;
      const same = together.get(key);
      if (same) same.push(dump);
      else together.set(key, [dump]);
    }
    for (const dumps of together.values()) {
      const ready = dumps.filter((d) => !d.peer.congested);
      if (ready.length > 0) this.#stepDumps(ready);
    }
    this.#dumps = this.#dumps.filter((d) => d.cursor !== through);
    return this.#catchingUp.size > 0 || this.#dumps.some((d) => !waits(d.peer));
  }

  /** Peers of one group at the same position share the encoding. */
  #stepDumps(dumps: readonly Dump[]): void {
    const { slab } = this.#table;
    const { pages, pageBits, pageMask } = slab;
    let n = 0;
    let id = dumps[0]!.cursor === nowhere ? 0 : slab.next(dumps[0]!.cursor);
    for (let seen = 0; id !== 0 && n < this.#records.length && seen < this.#records.length * 4; seen++) {
      if (pages[id >>> pageBits]![(id & pageMask) + attributesWord] !== 0) this.#records[n++] = id;
      id = slab.next(slab.after(id));
    }
    for (const dump of dumps) {
      for (const bytes of dump.opening) this.#emitter.sendRaw(dump.peer, bytes);
      dump.opening = [];
    }
    const group: UpdateGroup = dumps[0]!.peer.group;
    const peers = dumps.map((d) => d.peer);
    if (n > 0) this.#emitter.send({ records: this.#records, before: undefined, start: 0, count: n }, group, peers);
    for (const dump of dumps) {
      dump.cursor = id === 0 ? through : id;
      if (id === 0) for (const bytes of dump.closing) this.#emitter.sendRaw(dump.peer, bytes);
    }
  }

  #stepMissed(peer: PeerState): void {
    const { missed } = peer;
    // While it changes its group everything is only noted for it, and what it is no longer to have would not be; then it is called again.
    if (peer.congested || peer.regrouping || !missed) {
      this.#catchingUp.delete(peer);
      return;
    }
    const n = missed.take(this.#records);
    if (missed.size === 0) this.#caughtUp(peer);
    this.#emitter.sendState(this.#records, n, peer);
  }

  #caughtUp(peer: PeerState): void {
    peer.missed = undefined;
    this.#catchingUp.delete(peer);
    this.#lagging.delete(peer);
  }
}

function waits({ congested, regrouping, missed }: PeerState): boolean {
  return congested || regrouping || missed !== undefined;
}
