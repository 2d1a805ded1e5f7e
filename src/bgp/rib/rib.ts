// SPDX-License-Identifier: Apache-2.0
import type { AddPathParts } from "./add-path.ts";
import { decodeAttributes } from "../wire/attribute/decode.ts";
import type { Family } from "../wire/family.ts";
import { Advertisements } from "./advertisement.ts";
import { AttributeScratch, AttributeStore } from "./attribute-store.ts";
import type { SpeakerIdentity } from "./attribute-summary.ts";
import { Emitter } from "./emitter.ts";
import { Interested } from "./interested.ts";
import { LocRib } from "./loc-rib.ts";
import { endOfRibMessage, refreshMark } from "./markers.ts";
import type { RibMonitor } from "./monitor.ts";
import { NlriStage } from "./nlri-stage.ts";
import { NlriWriter } from "./nlri-writer.ts";
import { PathTargetIndex } from "./path-target-index.ts";
import type { PeerState } from "./peer-state.ts";
import { PeerTable } from "./peer-table.ts";
import { ExportGate } from "./export-gate.ts";
import type { PeerPolicy } from "./policy/model.ts";
import { RecordTable } from "./record-table.ts";
import { Replays } from "./replay.ts";
import { defaultBatch, defaultStep, replayStep, type RibOptions } from "./rib-options.ts";
import type { RibPeerStats, RibStats } from "./rib-stats.ts";
import { RestTable } from "./rest-table.ts";
import { Rescans } from "./rescan.ts";
import { type RouteDetail, RouteDetails } from "./route-detail.ts";
import { type RouteEntry, type RouteFilter, type RoutePage, RouteQuery } from "./route-query.ts";
import { RouteTargetConstraint } from "./route-target-constraint.ts";
import { StoredPaths } from "./stored-paths.ts";
import { StaleRoutes } from "./stale-routes.ts";
import { Subscribers } from "./subscribers.ts";
import { type RibTap, tapped } from "./tap.ts";
import { TargetIndex } from "./target-index.ts";
import {
  type BestChange,
  isHeld,
  type LocalRoute,
  localSlot,
  type PeerDown,
  type PeerSlot,
  type RibOutput,
  type RibPeer,
  type UpdateVerdict,
} from "./types.ts";
import { isUnicast, UnicastExport } from "./unicast-export.ts";
import { UpdateEncoder } from "./update-encoder.ts";
import { UpdateIntake } from "./update-intake.ts";

/**
 * Routes of one BGP speaker: what peers and this speaker announce, the best of each, and what every peer must hear of it.
 *
 * No sockets, no clock. Whoever owns those calls {@link flush} at the end of each turn in which something was put in, and
 * again as long as it returns true. {@link RibOutput.write} is called from within `flush` only and may not call back, except
 * for its `release`.
 *
 * A table that is being sent and one that is being swept take several flushes; everything else is done when `flush` returns.
 */
export class Rib {
  readonly #self: SpeakerIdentity;
  readonly #attributes: AttributeStore;
  readonly #rests: RestTable;
  readonly #rib: LocRib;
  readonly #peers: PeerTable;
  readonly #intake: UpdateIntake;
  readonly #encoder: UpdateEncoder;
  readonly #emitter: Emitter;
  readonly #replays: Replays;
  readonly #rescans: Rescans;
  readonly #constraint: RouteTargetConstraint;
  readonly #unicast: UnicastExport;
  readonly #stale: StaleRoutes;
  readonly #subscribers: Subscribers;
  readonly #query: RouteQuery;
  readonly #details: RouteDetails;
  readonly #scratch = new AttributeScratch();
  readonly #batch: number;
  readonly #tap: RibTap | undefined;
  #monitor: RibMonitor | undefined;
  /** Paths of routes that a monitor was told of. */
  readonly paths: StoredPaths;
  readonly #replayTo: (output: RibOutput) => Replays;

  constructor(options: RibOptions) {
    const { asn, routerId, sizes, tap } = options;
    const output = tap ? tapped(options.output, tap) : options.output;
    this.#tap = tap;
    const seed = options.seed ?? Math.trunc(Math.random() * 0x7fffffff);
    this.#self = { asn, routerId, clusterId: options.clusterId ?? routerId };
    this.#batch = sizes?.batch ?? defaultBatch;
    this.#attributes = new AttributeStore(
      seed,
      this.#self,
      (raw) => decodeAttributes(raw, { fourOctetAs: true, peer: "unknown" }).attributes,
    );
    this.#rests = new RestTable(seed);
    this.#peers = new PeerTable(this.#self);
    const lagging = new Set<PeerState>();
    const table = new RecordTable(sizes?.pageWords ?? 1 << 18, sizes?.indexSlots ?? 4096, (id) => {
      for (const peer of lagging) if (peer.missed?.has(id)) return true;
      return this.#monitor?.needs(id) === true;
    });
    this.#rib = new LocRib(table, this.#attributes, this.#rests);
    const nlri = new NlriWriter(table, this.#rests);
    const gate = new ExportGate(this.#attributes, nlri);
    this.#encoder = new UpdateEncoder(table, this.#attributes, nlri, this.#self, gate);
    const interested = new Interested();
    const paths: AddPathParts = {
      rib: this.#rib,
      attributes: this.#attributes,
      nlri,
      gate,
      self: this.#self,
      oversize: () => void this.#encoder.oversize++,
    };
    this.#emitter = new Emitter(this.#encoder, output, lagging, interested, paths);
    const step = sizes?.step ?? defaultStep;
    this.#replays = new Replays(table, this.#emitter, lagging, step);
    this.#rescans = new Rescans(this.#rib, gate, lagging, step * 2, (peer) => this.#replays.catchUp(peer));
    this.#constraint = this.#makeConstraint(interested, step);
    this.#unicast = new UnicastExport(this.#attributes, this.#peers.local, this.#self, (peer, bytes) => this.#emitter.sendRaw(peer, bytes));
    this.#intake = new UpdateIntake(this.#rib, this.#attributes, this.#rests, new NlriStage(seed), this.#constraint);
    this.#stale = new StaleRoutes(this.#rib, this.#attributes, this.#peers, step * 2);
    this.#subscribers = new Subscribers(table, this.#attributes, nlri, (slot) => this.#peers.name(slot), step);
    this.paths = new StoredPaths(this.#rib, this.#attributes, nlri);
    this.#replayTo = (to) => new Replays(table, new Emitter(this.#encoder, to, lagging, interested, paths), lagging, replayStep);
    const advertisements = new Advertisements(this.#rib, this.#attributes, gate);
    this.#details = new RouteDetails(this.#rib, this.#attributes, this.#peers, advertisements);
    this.#query = new RouteQuery(this.#rib, this.#attributes, this.#rests, nlri, this.#peers, advertisements);
  }

  /**
   * A session is established: the peer gets the whole table and an End-of-RIB for each of its families over the next flushes.
   * A peer of the same name whose routes were kept takes them over: those that it does not announce again go with its End-of-RIB.
   */
  addPeer(peer: RibPeer): PeerSlot {
    const state = this.#peers.add(peer);
    this.#tap?.input({ kind: "peer-up", slot: state.slot, peer });
    this.#followPaths();
    const constrained = this.#constraint.peerUp(state);
    this.#unicast.peerUp(state);
    this.#replays.mark(state, peer.families.filter((f) => !isHeld(f) && !isUnicast(f)).map(endOfRibMessage));
    if (state.evpn && !constrained) this.#begin(state, true);
    return state.slot;
  }

  #makeConstraint(interested: Interested, step: number): RouteTargetConstraint {
    return new RouteTargetConstraint({
      index: new TargetIndex(this.#rib.table, this.#attributes, step * 4),
      pathIndex: new PathTargetIndex(this.#rib, this.#attributes, step * 2),
      interested,
      attributes: this.#attributes,
      local: this.#peers.local,
      self: this.#self,
      replays: {
        renew: (peer, each) => this.#replays.renew(peer, each),
        renewPaths: (peer, flipped, each) => this.#replays.renewPaths(peer, flipped, each),
        begin: (peer, whole) => this.#begin(peer, whole),
      },
      send: (peer, bytes) => this.#emitter.sendRaw(peer, bytes),
    });
  }

  /** The first routes of a session. @param whole the table, and not only what was marked for the peer */
  #begin(state: PeerState, whole: boolean): void {
    const end = [endOfRibMessage("l2vpn-evpn")];
    if (whole) this.#replays.dump(state, end);
    else this.#replays.mark(state, end);
  }

  /**
   * The peer is no longer waited for to tell all the route targets that it wants: from now on it gets the routes of those that it told.
   * Its End-of-RIB of rt-constrain does the same — RFC 4684 §6.
   */
  completeMemberships(slot: PeerSlot): void {
    this.#tap?.input({ kind: "memberships-complete", slot });
    this.#constraint.complete(slot);
  }

  /** While true all peers are asked for all routes, whatever memberships there are: it is not known yet what our clients want. */
  askForAll(value: boolean): void {
    this.#tap?.input({ kind: "ask-for-all", value });
    this.#constraint.asksForAll = value;
  }

  /** The session is gone. What stays in use does so until {@link sweepStale}. */
  removePeer(slot: PeerSlot, { keepStale = [], reflectedOnly = false, keepOlder = false }: PeerDown = {}): void {
    const state = this.#peers.get(slot);
    this.#tap?.input({ kind: "peer-down", slot, keepStale, reflectedOnly, keepOlder });
    if (!state || state.phase === "leaving") return;
    this.#replays.forget(state);
    this.#rescans.forget(state);
    this.#intake.forgetVerdicts(state);
    const keep = !keepStale.includes("l2vpn-evpn") ? "none" : reflectedOnly ? "reflected" : "all";
    this.#unicast.peerDown(state);
    this.#constraint.peerDown(state, keepStale.includes("rt-constrain") ? keep : "none", keepOlder);
    this.#stale.down(state, keep, keepOlder);
    this.#followPaths();
  }

  /** The peer begins to announce everything of a family anew: what it has not repeated goes with {@link sweepStale} — RFC 7313 §4, BoRR. */
  markStale(slot: PeerSlot, family: Family = "l2vpn-evpn"): void {
    this.#tap?.input({ kind: "mark-stale", slot, family });
    const state = this.#peers.get(slot);
    if (state?.phase !== "up") return;
    if (family === "rt-constrain") this.#constraint.markStale(slot);
    if (family !== "l2vpn-evpn") return;
    this.#intake.forgetVerdicts(state);
    this.#attributes.retire(slot, "stale", false);
  }

  /**
   * Routes that were kept for a peer and that it has not announced again go.
   * @param family absent: of all families
   * @returns false when nothing is kept under that slot or name
   */
  sweepStale(peer: PeerSlot | string, family?: Family): boolean {
    this.#tap?.input({ kind: "sweep-stale", peer, ...(family !== undefined && { family }) });
    const state = this.#peers.find(peer);
    if (!state || state.phase === "leaving") return false;
    if (family === undefined || family === "l2vpn-evpn") this.#stale.sweep(state);
    // Without routes that are kept for it the slot is free for another peer.
    if (family === undefined || family === "rt-constrain" || state.phase !== "up") this.#constraint.sweep(state.slot);
    return true;
  }

  /** Of routes that are kept for a peer without a session, those that it announced for itself go. @returns false when nothing is kept for it */
  sweepOwn(peer: string): boolean {
    this.#tap?.input({ kind: "sweep-own", peer });
    const state = this.#peers.find(peer);
    if (state?.phase !== "stale") return false;
    this.#stale.sweepOwn(state);
    this.#constraint.sweepOwn(state);
    return true;
  }

  /** The restart time is over and long-lived staleness begins: least preferred, marked, only for peers that know of it — RFC 9494 §4.2. */
  markLongLivedStale(peer: PeerSlot | string): boolean {
    this.#tap?.input({ kind: "mark-long-lived", peer });
    const state = this.#peers.find(peer);
    if (!state || state.phase === "leaving") return false;
    this.#stale.age(state);
    return true;
  }

  /**
   * Treats a peer's routes otherwise from now on: what it is to hear else than it did is sent over the next flushes.
   * @returns true when it has to announce its routes again (ROUTE-REFRESH) for the new policy to decide about them
   */
  setPolicy(slot: PeerSlot, policy: PeerPolicy | undefined): boolean {
    this.#tap?.input({ kind: "peer-policy", slot, policy: policy ?? null });
    const state = this.#peers.get(slot);
    if (state?.phase !== "up") return false;
    this.#intake.forgetVerdicts(state);
    const { importChanged, left } = this.#peers.setPolicy(state, policy);
    // Before its first routes there are none to be compared.
    if (left && state.evpn && !this.#constraint.awaitsFirst(slot)) this.#rescans.start(state, left);
    this.#constraint.policyChanged(state);
    return importChanged;
  }

  /** Takes in the body of an UPDATE, `bytes[start, end)`, without header. Nothing of `bytes` is kept. */
  update(slot: PeerSlot, bytes: Uint8Array, start: number, end: number): UpdateVerdict {
    const state = this.#peers.get(slot);
    if (!state || state.phase !== "up") throw new RangeError(`no peer with a session in slot ${slot}`);
    this.#tap?.input({ kind: "update", slot, bytes, start, end });
    const verdict = this.#intake.update(state, bytes, start, end);
    if (verdict.endOfRib === "l2vpn-evpn") this.#stale.sweep(state);
    if (verdict.endOfRib === "rt-constrain") {
      this.#constraint.sweep(slot);
      this.#constraint.complete(slot);
    }
    return verdict;
  }

  /** @throws RangeError when the NLRI is malformed or of a family that the RIB does not hold */
  announceLocal(route: LocalRoute): void {
    const { family } = route;
    if (isUnicast(family)) {
      if (!this.#unicast.announce(family, route)) throw new RangeError(`malformed NLRI of ${family}`);
      return;
    }
    if (!isHeld(family)) throw new RangeError(`routes of ${family} are not held`);
    const scratch = this.#scratch;
    scratch.begin(route.nextHop, 0, route.nextHop.length);
    scratch.append(route.attributes, 0, route.attributes.length);
    const source = this.#peers.local;
    const attributes = this.#attributes.find(localSlot, scratch) || this.#attributes.insert(source, scratch);
    this.#attributes.hold(attributes);
    const { nlri } = route;
    const whole =
      route.family === "l2vpn-evpn"
        ? this.#intake.announceOne(nlri, attributes)
        : this.#constraint.announce(localSlot, attributes, nlri, 0, nlri.length) === 1;
    this.#attributes.drop(attributes);
    if (!whole) throw new RangeError(`malformed NLRI of ${route.family}`);
  }

  /** @returns whether there was such a route of this speaker */
  withdrawLocal(family: Family, nlri: Uint8Array): boolean {
    if (isUnicast(family)) return this.#unicast.withdraw(family, nlri);
    if (family === "rt-constrain") return this.#constraint.withdraw(localSlot, nlri, 0, nlri.length) === 1;
    return family === "l2vpn-evpn" && this.#intake.withdrawOne(nlri, localSlot);
  }

  /**
   * Sends what changed to everybody, then does a share of the work that takes several turns: tables for new peers, what
   * congested peers missed, routes of peers that went.
   * @returns true when there is more to do that waits for nothing: call again, after others had their turn
   */
  flush(): boolean {
    this.#tap?.input({ kind: "flush" });
    const sweeping = this.#stale.step();
    const { changes, pathChanges } = this.#rib;
    // All of them: what is replayed below must not be older than what a change still to be sent says was there before.
    while (changes.length > 0 || pathChanges.size > 0) {
      // Before the routes: a record whose last path went is kept as long as it is among those.
      if (pathChanges.size > 0) this.#flushPaths();
      this.#flushBatch(Math.min(changes.length, this.#batch));
    }
    this.#peers.releaseGone();
    const rescanning = this.#rescans.step();
    const indexing = this.#constraint.step();
    this.#unicast.step();
    const replaying = this.#replays.step();
    const telling = this.#subscribers.step();
    return sweeping || rescanning || indexing || replaying || telling || changes.length > 0;
  }

  /** The transport can take more for this peer. */
  drained(slot: PeerSlot): void {
    this.#tap?.input({ kind: "drained", slot });
    const state = this.#peers.get(slot);
    if (!state) return;
    state.congested = false;
    this.#replays.catchUp(state);
    this.#constraint.drained(state);
    this.#unicast.drained(state);
  }

  /**
   * Changes of best paths, in batches from within {@link flush}: first the whole table, then what changes. The listener may
   * announce and withdraw routes of this speaker.
   * @returns ends it
   */
  subscribe(listener: (changes: readonly BestChange[]) => void): () => void {
    return this.#subscribers.add(listener);
  }

  /** ROUTE-REFRESH received: sends the table again, between marks when the peer knows those — RFC 2918, RFC 7313. */
  routeRefresh(slot: PeerSlot, family: Family, enhanced: boolean): void {
    this.#tap?.input({ kind: "route-refresh", slot, family, enhanced });
    const state = this.#peers.get(slot);
    if (!state || !state.peer.families.includes(family)) return;
    const marks = enhanced ? { begin: refreshMark(family, "begin"), end: refreshMark(family, "end") } : undefined;
    if (family === "rt-constrain") this.#constraint.refresh(state, marks ? [marks.begin] : [], marks ? [marks.end] : []);
    else if (isUnicast(family)) this.#unicast.refresh(state, family, marks ? [marks.begin] : [], marks ? [marks.end] : []);
    else if (family !== "l2vpn-evpn") this.#replays.refresh(state, family, marks, false);
    // Its first table, still to begin, answers this as well.
    else if (!this.#constraint.awaitsFirst(slot)) this.#replays.refresh(state, family, marks, true);
  }

  /** A page of routes for people. Looks at a bounded number of records, so a page may be short and still not be the last. */
  routes(filter: RouteFilter = {}, limit = 1000, after?: number): RoutePage {
    return this.#query.page(filter, limit, after);
  }

  /** As {@link RouteQuery.scan}; `from` is 0, what it returned before, or {@link isRoutePosition}. */
  scanRoutes(filter: RouteFilter, from: number, visit: (route: RouteEntry) => void, goOn: () => boolean): number | undefined {
    return this.#query.scan(filter, from, visit, goOn);
  }

  isRoutePosition(from: number): boolean {
    return this.#query.isPosition(from);
  }

  /** Told of changes from now on; at most one. */
  watch(monitor: RibMonitor | undefined, what: { readonly paths: boolean }): void {
    this.#monitor = monitor;
    this.#rib.monitor = what.paths ? monitor : undefined;
  }

  /**
   * What a peer was sent, made again for somebody else: each call of the result makes a share of it, for as long as it
   * returns true, unless the peer itself is behind.
   * @param write gets whole messages, whose octets are valid during the call; the last one is `closing`
   */
  replay(slot: PeerSlot, write: (bytes: Uint8Array) => void, closing: Uint8Array): () => boolean {
    const state = this.#peers.get(slot);
    if (state?.phase !== "up") return () => false;
    let more = true;
    const replays = this.#replayTo({
      write(_slot, bytes, release) {
        write(bytes);
        if (bytes === closing) more = false;
        release();
        return true;
      },
    });
    if (state.evpn) replays.dump(state, [closing]);
    else replays.mark(state, [closing]);
    return () => {
      if (state.phase !== "up") return false;
      replays.step();
      return more;
    };
  }

  /** Why the best path of a {@link RouteEntry.record} is that, and to whom it goes. */
  explainRoute(record: number): RouteDetail | undefined {
    return this.#details.of(record);
  }

  /** Paths that a peer has in the table: for a maximum-prefix check after each {@link update}. */
  received(slot: PeerSlot): number {
    return this.#rib.received(slot);
  }

  /** Route target memberships that a peer announced. */
  memberships(slot: PeerSlot): number {
    return this.#constraint.received(slot);
  }

  /** Every route target membership that there is, with those who announced it by name. @param peer only those that it announced */
  *allMemberships(peer?: string): Generator<{ readonly nlri: Uint8Array; readonly count: number; readonly from: () => string[] }> {
    for (const { octets: nlri, paths } of this.#constraint.memberships.all()) {
      const from = (): string[] => Array.from(paths.keys(), (slot) => this.#peers.name(slot));
      if (paths.size > 0 && (peer === undefined || from().includes(peer))) yield { nlri, count: paths.size, from };
    }
  }

  peerStats(slot: PeerSlot): RibPeerStats | undefined {
    const state = this.#peers.get(slot);
    if (!state) return undefined;
    const standing = this.#peers.standing(state, this.#rib);
    const withheld = this.#constraint.withheld(state, standing.sent);
    return {
      ...state.counts,
      ...standing,
      sent: standing.sent - withheld,
      withheld,
      memberships: this.#constraint.received(slot),
      refused: state.refused.list,
      keptBack: state.group.refused.list,
    };
  }

  stats(): RibStats {
    const { table, paths } = this.#rib;
    return {
      routes: table.live,
      paths: table.live + paths.size,
      deadRecords: table.size - table.live,
      attributeSets: this.#attributes.size,
      rests: this.#rests.size,
      groups: this.#peers.groups.size,
      memory: table.slab.words * 4 + table.indexSlots * 8 + this.#attributes.bytes,
      oversize: this.#encoder.oversize,
    };
  }

  #flushPaths(): void {
    const { pathChanges } = this.#rib;
    const taken = pathChanges.take();
    for (const { group, members } of this.#peers.groups.values())
      if (group.paths !== undefined) this.#emitter.sendPaths(taken, group, members);
    this.#constraint.pathIndex.update(taken);
    pathChanges.settle(taken);
  }

  /** Whether there are peers with add-path: only then it is noted which paths change. */
  #followPaths(): void {
    const wanted = [...this.#peers.groups.values()].some(({ group }) => group.paths !== undefined);
    this.#rib.pathChanges.wanted = wanted;
    if (!wanted) this.#constraint.pathIndex.stop();
  }

  #flushBatch(count: number): void {
    const { changes, table } = this.#rib;
    const batch = { records: changes.records, before: changes.before, start: changes.start, count };
    for (const { group, members } of this.#peers.groups.values()) this.#emitter.send(batch, group, members);
    this.#monitor?.best(batch.records, batch.start, batch.count);
    const tell = this.#subscribers.prepare(batch);
    this.#peers.tally(batch, table, this.#attributes);
    this.#constraint.index.update(batch);
    this.#rib.settle(count);
    tell();
  }
}
