// SPDX-License-Identifier: Apache-2.0
import { Writer } from "../../base/bytes/writer.ts";
import { type AttributesId, AttributeScratch, type AttributeStore, type StoreSource } from "./attribute-store.ts";
import type { SpeakerIdentity } from "./attribute-summary.ts";
import { comparePaths } from "./best-path.ts";
import { exportAttributes } from "./export-attributes.ts";
import { endOfRibMessage } from "./markers.ts";
import { defaultMembership, type Membership, type MembershipTable } from "./membership.ts";
import { putMembershipReach, putMembershipUnreach } from "./membership-messages.ts";
import type { PeerState } from "./peer-state.ts";
import type { PeerSlot, RibPeer } from "./types.ts";

/** Octets that are whole messages, for one peer. */
export type SendOctets = (peer: PeerState, bytes: Uint8Array) => void;

/** What a peer was told of memberships. */
interface Told {
  readonly peer: PeerState;
  /** By membership; 0: to be told anew. */
  readonly held: Map<Membership, AttributesId>;
  readonly pending: Set<Membership>;
  opening: readonly Uint8Array[];
  closing: readonly Uint8Array[];
}

/** MED would need a choice among more than two (RFC 4271 §9.1.2.2 c), and of memberships only that there is one matters. */
const inDecision = { mac: false, med: false } as const;

/**
 * Tells peers which route targets are asked for here — RFC 4684 §3.2. There are few memberships, so what each peer holds is simply
 * remembered.
 *
 * - A client is sent the default membership and nothing else: its reflector wants all its routes, so that whoever joins a network finds
 *   them there. Single memberships would add nothing to that.
 * - Anybody else is sent the best path that may go to it: to a non-client that of a client, whatever non-clients say
 *   (§3.2 rule i), and never its own.
 * - A peer that takes no part wants everything, and so do we then on its behalf.
 */
export class MembershipExport {
  readonly #memberships: MembershipTable;
  readonly #attributes: AttributeStore;
  readonly #local: StoreSource;
  readonly #self: SpeakerIdentity;
  readonly #send: SendOctets;
  readonly #default: Membership;
  readonly #told = new Map<PeerSlot, Told>();
  readonly #due = new Set<Told>();
  /** Nobody announces these any more; forgotten when all have been told. */
  readonly #orphans = new Set<Membership>();
  /** Peers with EVPN that take no part. */
  readonly #plain: Record<RibPeer["role"], Set<PeerSlot>> = { client: new Set(), "non-client": new Set(), ebgp: new Set() };
  #asksForAll = false;
  readonly #scratch = new AttributeScratch();

  constructor(memberships: MembershipTable, attributes: AttributeStore, local: StoreSource, self: SpeakerIdentity, send: SendOctets) {
    this.#memberships = memberships;
    this.#attributes = attributes;
    this.#local = local;
    this.#self = self;
    this.#send = send;
    this.#default = memberships.of(defaultMembership);
  }

  set asksForAll(value: boolean) {
    if (value === this.#asksForAll) return;
    this.#asksForAll = value;
    this.changed(this.#default);
  }

  peerUp(peer: PeerState): void {
    if (peer.rtConstrain) {
      const told: Told = { peer, held: new Map(), pending: new Set(), opening: [], closing: [endOfRibMessage("rt-constrain")] };
      for (const membership of this.#memberships.all()) told.pending.add(membership);
      this.#told.set(peer.slot, told);
      this.#due.add(told);
    } else if (peer.evpn) {
      this.#plain[peer.peer.role].add(peer.slot);
      this.changed(this.#default);
    }
  }

  peerDown(peer: PeerState): void {
    const told = this.#told.get(peer.slot);
    if (told) {
      for (const attributes of told.held.values()) if (attributes !== 0) this.#attributes.drop(attributes);
      this.#told.delete(peer.slot);
      this.#due.delete(told);
    }
    if (this.#plain[peer.peer.role].delete(peer.slot)) this.changed(this.#default);
  }

  /** What is asked of the peer may be otherwise: see {@link #wantsAllFrom}. */
  policyChanged(peer: PeerState): void {
    const told = this.#told.get(peer.slot);
    if (!told) return;
    told.pending.add(this.#default);
    this.#due.add(told);
  }

  changed(membership: Membership): void {
    for (const told of this.#told.values()) {
      if (membership !== this.#default && told.peer.peer.role === "client") continue;
      told.pending.add(membership);
      this.#due.add(told);
    }
    if (membership.paths.size === 0 && membership !== this.#default) this.#orphans.add(membership);
  }

  refresh(peer: PeerState, opening: readonly Uint8Array[], closing: readonly Uint8Array[]): void {
    const told = this.#told.get(peer.slot);
    if (!told) return;
    for (const [membership, attributes] of told.held) {
      if (attributes !== 0) this.#attributes.drop(attributes);
      told.held.set(membership, 0);
      told.pending.add(membership);
    }
    this.#due.add(told);
    // What is still to be sent, with its own marks, answers this as well: RFC 7313 §4 wants no BoRR before the End-of-RIB.
    if (told.closing.length > 0) return;
    told.opening = opening;
    told.closing = closing;
  }

  drained(peer: PeerState): void {
    const told = this.#told.get(peer.slot);
    if (told) this.#due.add(told);
  }

  /** Tells everybody who can take it what is new. */
  step(): void {
    for (const told of this.#due) {
      this.#due.delete(told);
      if (!told.peer.congested) this.#tell(told);
    }
    for (const membership of this.#orphans) {
      if (membership.paths.size === 0 && this.#isPending(membership)) continue;
      this.#orphans.delete(membership);
      this.#memberships.forget(membership);
    }
  }

  #isPending(membership: Membership): boolean {
    for (const { pending } of this.#told.values()) if (pending.has(membership)) return true;
    return false;
  }

  #tell(told: Told): void {
    const reach = new Map<AttributesId, Membership[]>();
    const unreach: Membership[] = [];
    for (const membership of told.pending) {
      const had = told.held.get(membership);
      const now = this.#choose(membership, told.peer);
      if (now === (had ?? 0) && had !== 0) continue;
      if (now === 0) {
        unreach.push(membership);
        told.held.delete(membership);
      } else {
        this.#attributes.hold(now);
        told.held.set(membership, now);
        const same = reach.get(now);
        if (same) same.push(membership);
        else reach.set(now, [membership]);
      }
      if (had !== undefined && had !== 0) this.#attributes.drop(had);
    }
    told.pending.clear();
    this.#write(told, reach, unreach);
  }

  #write(told: Told, reach: ReadonlyMap<AttributesId, readonly Membership[]>, unreach: readonly Membership[]): void {
    const { peer } = told;
    const { maxMessage } = peer.group;
    const { opening, closing } = told;
    told.opening = told.closing = [];
    const out = new Writer();
    for (const mark of opening) out.put(mark);
    putMembershipUnreach(unreach, maxMessage, out);
    for (const [set, memberships] of reach) {
      const octets = this.#attributes.view(set);
      const attributes = exportAttributes(octets, this.#attributes.get(set), peer.group, this.#self);
      const nextHop = octets.subarray(1, 1 + octets[0]!);
      const fits = putMembershipReach(memberships, nextHop, attributes, maxMessage, out);
      if (!fits) putMembershipUnreach(memberships, maxMessage, out);
    }
    if (out.length > 0) this.#send(peer, out.finish());
    // An End-of-RIB goes by itself: whoever holds it back must know it.
    for (const mark of closing) this.#send(peer, mark);
  }

  /** The path of a membership that the peer is told, 0 for none. */
  #choose(membership: Membership, peer: PeerState): AttributesId {
    if (membership === this.#default && this.#wantsAllFrom(peer)) return this.#ownDefault();
    if (membership !== this.#default && peer.peer.role === "client") return 0;
    const store = this.#attributes;
    const allowed = 1 << peer.group.exportClass;
    let best: AttributesId = 0;
    for (const [slot, attributes] of membership.paths) {
      if (slot === peer.slot || (store.exportMask(attributes) & allowed) === 0) continue;
      if (best === 0 || comparePaths(store.get(attributes), store.get(best), inDecision) < 0) best = attributes;
    }
    return best;
  }

  #wantsAllFrom({ peer: { role }, policy }: PeerState): boolean {
    // An import policy that edits route targets: those that are asked for here have other names there.
    if (role === "client" || this.#asksForAll || policy?.editsTargets.import === true) return true;
    const plain = this.#plain;
    // RFC 4456 §6: what comes from a non-client does not go to another one.
    return plain.client.size + plain.ebgp.size > 0 || (role === "ebgp" && plain["non-client"].size > 0);
  }

  /** Attributes of the default membership that this speaker itself announces. Held by whoever is told. */
  #ownDefault(): AttributesId {
    const scratch = this.#scratch;
    const nextHop = new Uint8Array(4);
    new DataView(nextHop.buffer).setUint32(0, this.#self.routerId);
    scratch.begin(nextHop, 0, nextHop.length);
    scratch.append(originAndEmptyPath, 0, originAndEmptyPath.length);
    return this.#attributes.find(this.#local.slot, scratch) || this.#attributes.insert(this.#local, scratch);
  }
}

/** ORIGIN IGP, AS_PATH without a segment. */
const originAndEmptyPath = Uint8Array.of(0x40, 1, 1, 0, 0x40, 2, 0);
