// SPDX-License-Identifier: Apache-2.0
import type { AttributesId, AttributeStore, StoreSource } from "./attribute-store.ts";
import type { SpeakerIdentity } from "./attribute-summary.ts";
import { Interest } from "./interest.ts";
import type { Interested } from "./interested.ts";
import { allRoutes, eachMembership, type Membership, MembershipTable, type TargetRange } from "./membership.ts";
import { MembershipExport, type SendOctets } from "./membership-export.ts";
import type { PathTargetIndex } from "./path-target-index.ts";
import type { PeerState } from "./peer-state.ts";
import type { RecordId } from "./record.ts";
import type { TargetsId } from "./route-target-sets.ts";
import type { TargetIndex } from "./target-index.ts";
import type { PeerSlot } from "./types.ts";

/** How a change of what a peer asked for reaches it. */
export interface ConstraintReplays {
  /** The newest state of these routes: what it wants of them is sent, the others are withdrawn. */
  renew(peer: PeerState, each: (add: (id: RecordId) => void) => void): void;
  /** The same for a peer with add-path, of the paths with these lists of route targets. */
  renewPaths(peer: PeerState, flipped: ReadonlySet<TargetsId>, each: (add: (id: RecordId) => void) => void): void;
  /** The first routes of a session, with the End-of-RIB behind them. `whole`: all there are; else what {@link renew} marked. */
  begin(peer: PeerState, whole: boolean): void;
}

/** How many memberships a peer may have, and how many more it announced. */
export interface MembershipRoom {
  readonly limit: number;
  refused: number;
}

export interface ConstraintOptions {
  readonly index: TargetIndex;
  readonly pathIndex: PathTargetIndex;
  readonly interested: Interested;
  readonly attributes: AttributeStore;
  /** This speaker as a source of routes. */
  readonly local: StoreSource;
  readonly self: SpeakerIdentity;
  readonly replays: ConstraintReplays;
  readonly send: SendOctets;
}

/** A peer that is only sent what it asks for. */
interface Asking {
  readonly peer: PeerState;
  readonly interest: Interest;
  /** Memberships that came or went since its interest was last reckoned, and whether they count in it. */
  readonly unreckoned: Map<Membership, boolean>;
  /** All its memberships are there, or are no longer waited for. */
  complete: boolean;
  /** It was sent its first routes. */
  begun: boolean;
  /** Taken for one that asks for everything: an export policy gives its routes other route targets. */
  unfiltered: boolean;
}

/**
 * Route target constraint — RFC 4684: holds the memberships that peers announce, tells them on, and sends each peer that takes part only
 * the routes it asked for. What a membership changes takes effect between two batches of routes, so that no withdrawal is judged by
 * an interest other than the one by which the route was sent.
 */
export class RouteTargetConstraint {
  readonly memberships = new MembershipTable();
  readonly interested: Interested;
  readonly index: TargetIndex;
  readonly pathIndex: PathTargetIndex;
  readonly #attributes: AttributeStore;
  readonly #replays: ConstraintReplays;
  readonly #export: MembershipExport;
  readonly #asking = new Map<PeerSlot, Asking>();
  /** Those whose interest has to be reckoned. */
  readonly #due = new Set<Asking>();
  /** Memberships per slot. */
  readonly #count: number[] = [];
  /** Memberships that a peer has not announced again since its session went or a refresh began. */
  readonly #stale = new Map<PeerSlot, Set<Membership>>();

  constructor(o: ConstraintOptions) {
    const { attributes, local, self, send } = o;
    this.interested = o.interested;
    this.index = o.index;
    this.pathIndex = o.pathIndex;
    this.#attributes = attributes;
    this.#replays = o.replays;
    this.#export = new MembershipExport(this.memberships, attributes, local, self, send);
    attributes.targetSets.onRelease((id) => {
      this.interested.changed([id]);
      for (const { interest } of this.#asking.values()) interest.forget(id);
    });
  }

  /** Memberships that a peer announced. */
  received(slot: PeerSlot): number {
    return this.#count[slot] ?? 0;
  }

  /** Whether the peer takes part: its first routes are then begun here. */
  peerUp(peer: PeerState): boolean {
    const takesPart = peer.evpn && peer.rtConstrain;
    if (takesPart) {
      this.index.start();
      if (peer.group.paths !== undefined) this.pathIndex.start();
      const interest = new Interest(this.#attributes.targetSets);
      const asking: Asking = { peer, interest, unreckoned: new Map(), complete: false, begun: false, unfiltered: false };
      // Those that were kept over a restart count until it has sent its own.
      if (this.received(peer.slot) > 0) for (const m of this.memberships.all()) if (m.paths.has(peer.slot)) asking.unreckoned.set(m, false);
      peer.interest = interest;
      this.#asking.set(peer.slot, asking);
      this.interested.add(peer);
    }
    this.#export.peerUp(peer);
    return takesPart;
  }

  /** `reflected`: only what others announced to it stays. @param keepOlder as for routes, see `StaleRoutes.down` */
  peerDown(peer: PeerState, keep: "all" | "reflected" | "none", keepOlder = false): void {
    const asking = this.#asking.get(peer.slot);
    if (asking) {
      this.#asking.delete(peer.slot);
      this.#due.delete(asking);
      this.interested.delete(peer);
      peer.interest = undefined;
    }
    this.#export.peerDown(peer);
    if (!keepOlder) this.sweep(peer.slot);
    this.markStale(peer.slot);
    if (keep === "none") this.sweep(peer.slot);
    else if (keep === "reflected") this.sweepOwn(peer);
  }

  /** Of those that are kept, what the peer announced for itself and not for others goes. */
  sweepOwn({ slot, peer }: PeerState): void {
    for (const membership of this.#stale.get(slot) ?? []) {
      if (this.#attributes.get(membership.paths.get(slot)!).originator === peer.routerId) this.#remove(slot, membership);
    }
  }

  /** The peer has to announce its memberships again, else they go with {@link sweep}. */
  markStale(slot: PeerSlot): void {
    if (this.received(slot) === 0) return;
    const stale = new Set<Membership>();
    for (const membership of this.memberships.all()) if (membership.paths.has(slot)) stale.add(membership);
    this.#stale.set(slot, stale);
  }

  /** What the peer has not announced again since it restarted or began a refresh goes. */
  sweep(slot: PeerSlot): void {
    const stale = this.#stale.get(slot);
    if (!stale) return;
    this.#stale.delete(slot);
    for (const membership of stale) this.#remove(slot, membership);
  }

  /** Whether its policy edits route targets may be otherwise than before. */
  policyChanged(peer: PeerState): void {
    const asking = this.#asking.get(peer.slot);
    if (asking?.begun) this.#due.add(asking);
    this.#export.policyChanged(peer);
  }

  /** Whether the peer is still to get its first routes. */
  awaitsFirst(slot: PeerSlot): boolean {
    return this.#asking.get(slot)?.begun === false;
  }

  /** The peer has told all its memberships, or is no longer waited for: from the next flush on it gets routes — RFC 4684 §6. */
  complete(slot: PeerSlot): void {
    const asking = this.#asking.get(slot);
    if (!asking || asking.complete) return;
    asking.complete = true;
    this.#due.add(asking);
  }

  /** @param room new ones beyond that are not taken but counted in it @returns how many there were, or undefined when the field is malformed */
  announce(
    slot: PeerSlot,
    attributes: AttributesId,
    bytes: Uint8Array,
    at: number,
    end: number,
    room?: MembershipRoom,
  ): number | undefined {
    return eachMembership(bytes, at, end, (octets) => {
      if (room && this.received(slot) >= room.limit && this.memberships.get(octets)?.paths.has(slot) !== true) {
        room.refused++;
        return;
      }
      const membership = this.memberships.of(octets);
      this.#stale.get(slot)?.delete(membership);
      const before = membership.paths.get(slot);
      if (before === attributes) return;
      this.#attributes.hold(attributes);
      membership.paths.set(slot, attributes);
      if (before === undefined) this.#entered(slot, membership, true);
      else this.#attributes.drop(before);
      this.#export.changed(membership);
    });
  }

  /** @returns how many, or undefined when the field is malformed */
  withdraw(slot: PeerSlot, bytes: Uint8Array, at: number, end: number): number | undefined {
    return eachMembership(bytes, at, end, (octets) => {
      const membership = this.memberships.get(octets);
      if (membership) this.#remove(slot, membership);
    });
  }

  /** While true everybody is asked for all routes: we do not know yet what our clients want. */
  set asksForAll(value: boolean) {
    this.#export.asksForAll = value;
  }

  /** Sends the peer all memberships again, between `opening` and `closing`. */
  refresh(peer: PeerState, opening: readonly Uint8Array[], closing: readonly Uint8Array[]): void {
    this.#export.refresh(peer, opening, closing);
  }

  drained(peer: PeerState): void {
    this.#export.drained(peer);
  }

  /** After a flush of all changes of routes. @returns true when there is more to do now */
  step(): boolean {
    const building = [this.index.build(), this.pathIndex.build()].includes(true);
    for (const asking of this.#due) {
      if (!this.index.ready || (asking.peer.group.paths !== undefined && !this.pathIndex.ready)) continue;
      this.#due.delete(asking);
      this.#reckon(asking);
    }
    this.#export.step();
    return building;
  }

  /** EVPN routes that the peer could have and did not ask for. @param eligible those that it could have */
  withheld(peer: PeerState, eligible: number): number {
    const { interest } = peer;
    if (interest === undefined || interest.everything) return 0;
    let sent = 0;
    for (const id of interest.lists()) sent += this.index.count(id, peer.group.exportClass, peer.slot);
    return eligible - sent;
  }

  /** A difference of memberships becomes the routes it makes: what was not wanted and is now, and the other way round. */
  #reckon(asking: Asking): void {
    const { peer, interest, unreckoned } = asking;
    const changes: { readonly range: TargetRange; readonly by: 1 | -1 }[] = [];
    for (const [membership, counted] of unreckoned) {
      const now = membership.paths.has(peer.slot);
      if (now !== counted) changes.push({ range: membership.range, by: now ? 1 : -1 });
    }
    unreckoned.clear();
    const unfiltered = peer.policy?.editsTargets.export === true;
    if (unfiltered !== asking.unfiltered) changes.push({ range: allRoutes, by: unfiltered ? 1 : -1 });
    asking.unfiltered = unfiltered;
    const flipped = interest.change(changes);
    this.interested.changed(flipped);
    const whole = !asking.begun && interest.everything;
    if (!whole && flipped.length > 0) this.#renew(peer, flipped);
    if (asking.begun) return;
    asking.begun = true;
    this.#replays.begin(peer, whole);
  }

  #renew(peer: PeerState, flipped: readonly TargetsId[]): void {
    if (peer.group.paths === undefined) return this.#replays.renew(peer, (add) => this.#eachFor(peer, flipped, add));
    this.#replays.renewPaths(peer, new Set(flipped), (add) => {
      for (const list of flipped) this.pathIndex.each(list, add);
    });
  }

  #eachFor(peer: PeerState, lists: readonly TargetsId[], add: (id: RecordId) => void): void {
    const mask = 1 << peer.group.exportClass;
    for (const list of lists) {
      this.index.each(list, (id, best) => {
        if (this.#attributes.source(best) !== peer.slot && (this.#attributes.exportMask(best) & mask) !== 0) add(id);
      });
    }
  }

  #remove(slot: PeerSlot, membership: Membership): void {
    const attributes = membership.paths.get(slot);
    if (attributes === undefined) return;
    membership.paths.delete(slot);
    this.#stale.get(slot)?.delete(membership);
    this.#entered(slot, membership, false);
    this.#attributes.drop(attributes);
    this.#export.changed(membership);
  }

  /** A path of this slot came or went. */
  #entered(slot: PeerSlot, membership: Membership, here: boolean): void {
    this.#count[slot] = this.received(slot) + (here ? 1 : -1);
    const asking = this.#asking.get(slot);
    if (!asking) return;
    if (!asking.unreckoned.has(membership)) asking.unreckoned.set(membership, !here);
    if (asking.complete) this.#due.add(asking);
  }
}
