// SPDX-License-Identifier: Apache-2.0
import { Writer } from "../../base/bytes/writer.ts";
import { nlriCodec } from "../wire/nlri/table.ts";
import { headerLength } from "../wire/frame.ts";
import type { Family } from "../wire/family.ts";
import { type AttributesId, AttributeScratch, type AttributeStore, type StoreSource } from "./attribute-store.ts";
import type { SpeakerIdentity } from "./attribute-summary.ts";
import { attributeType, AttributeWalk } from "./attribute-walk.ts";
import { exportAttributes } from "./export-attributes.ts";
import { endOfRibMessage } from "./markers.ts";
import type { SendOctets } from "./membership-export.ts";
import { type FamilyOctets, finishMpAttribute, finishUpdate, putMpAttribute, putUpdateHeader } from "./mp-update.ts";
import type { PeerState } from "./peer-state.ts";
import type { LocalRoute, PeerSlot } from "./types.ts";

/** Families of which this speaker announces routes of its own and holds none of others. */
export const unicastFamilies = ["ipv4-unicast", "ipv6-unicast"] as const;
export type UnicastFamily = (typeof unicastFamilies)[number];

export function isUnicast(family: Family): family is UnicastFamily {
  return family === "ipv4-unicast" || family === "ipv6-unicast";
}

interface OwnRoute {
  readonly family: UnicastFamily;
  readonly nlri: Uint8Array;
  readonly attributes: AttributesId;
}

/** What a peer is still to be told. */
interface Told {
  readonly peer: PeerState;
  readonly pending: Set<string>;
  /** Of what it holds, by name. */
  readonly held: Map<string, OwnRoute>;
  /** Of that, what it asked for again. */
  readonly again: Set<string>;
  opening: readonly Uint8Array[];
  closing: readonly Uint8Array[];
}

/**
 * Announces unicast prefixes of this host (floating IPs, public subnets) to peers that negotiated the family: the routers of the underlay.
 * There are few, so what each peer holds is simply remembered. Routes of peers are not taken in: the underlay has a routing daemon.
 */
export class UnicastExport {
  readonly #attributes: AttributeStore;
  readonly #local: StoreSource;
  readonly #self: SpeakerIdentity;
  readonly #send: SendOctets;
  readonly #routes = new Map<string, OwnRoute>();
  readonly #told = new Map<PeerSlot, Told>();
  readonly #due = new Set<Told>();
  readonly #scratch = new AttributeScratch();

  constructor(attributes: AttributeStore, local: StoreSource, self: SpeakerIdentity, send: SendOctets) {
    this.#attributes = attributes;
    this.#local = local;
    this.#self = self;
    this.#send = send;
  }

  /** @returns false for a malformed NLRI */
  announce(family: UnicastFamily, { nlri, attributes: octets, nextHop }: LocalRoute): boolean {
    const codec = nlriCodec(family)!;
    if (codec.length(nlri, 0, nlri.length) !== nlri.length) return false;
    this.#scratch.begin(nextHop, 0, nextHop.length);
    this.#scratch.append(octets, 0, octets.length);
    const attributes = this.#attributes.find(this.#local.slot, this.#scratch) || this.#attributes.insert(this.#local, this.#scratch);
    this.#attributes.hold(attributes);
    const name = nameOf(family, nlri);
    this.#forget(name);
    this.#routes.set(name, { family, nlri, attributes });
    this.#changed(name, family);
    return true;
  }

  /** @returns whether there was such a route */
  withdraw(family: UnicastFamily, nlri: Uint8Array): boolean {
    const name = nameOf(family, nlri);
    if (!this.#forget(name)) return false;
    this.#changed(name, family);
    return true;
  }

  peerUp(peer: PeerState): void {
    const families = unicastFamilies.filter((f) => peer.peer.families.includes(f));
    if (families.length === 0) return;
    const told: Told = { peer, pending: new Set(), held: new Map(), again: new Set(), opening: [], closing: families.map(endOfRibMessage) };
    for (const [name, route] of this.#routes) if (families.includes(route.family)) told.pending.add(name);
    this.#told.set(peer.slot, told);
    this.#due.add(told);
  }

  peerDown(peer: PeerState): void {
    const told = this.#told.get(peer.slot);
    if (!told) return;
    for (const route of told.held.values()) this.#attributes.drop(route.attributes);
    this.#told.delete(peer.slot);
    this.#due.delete(told);
  }

  refresh(peer: PeerState, family: UnicastFamily, opening: readonly Uint8Array[], closing: readonly Uint8Array[]): void {
    const told = this.#told.get(peer.slot);
    if (!told) return;
    for (const [name, route] of told.held) {
      if (route.family !== family) continue;
      // It stays with what the peer holds: one that is gone by then has to be taken away there, without RFC 7313 nothing else would.
      told.again.add(name);
      told.pending.add(name);
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
  }

  #forget(name: string): boolean {
    const before = this.#routes.get(name);
    if (!before) return false;
    this.#routes.delete(name);
    this.#attributes.drop(before.attributes);
    return true;
  }

  #changed(name: string, family: UnicastFamily): void {
    for (const told of this.#told.values()) {
      if (!told.peer.peer.families.includes(family)) continue;
      told.pending.add(name);
      this.#due.add(told);
    }
  }

  #tell(told: Told): void {
    const { peer, opening, closing } = told;
    told.opening = told.closing = [];
    const out = new Writer();
    for (const mark of opening) out.put(mark);
    for (const name of told.pending) {
      const now = this.#routes.get(name);
      const had = told.held.get(name);
      if (had?.attributes === now?.attributes && !told.again.has(name)) continue;
      if (now) {
        this.#attributes.hold(now.attributes);
        told.held.set(name, now);
        this.#putReach(now, peer, out);
      } else {
        told.held.delete(name);
        putUnreach(had!, out);
      }
      if (had) this.#attributes.drop(had.attributes);
    }
    told.pending.clear();
    told.again.clear();
    if (out.length > 0) this.#send(peer, out.finish());
    for (const mark of closing) this.#send(peer, mark);
  }

  /** IPv4 with an IPv4 next hop goes as RFC 4271 §4.3 has it, which every router takes; the rest in MP_REACH_NLRI. */
  #putReach(route: OwnRoute, peer: PeerState, out: Writer): void {
    const octets = this.#attributes.view(route.attributes);
    const attributes = exportAttributes(octets, this.#attributes.get(route.attributes), peer.group, this.#self);
    const nextHop = octets.slice(1, 1 + octets[0]!);
    const start = putUpdateHeader(out);
    if (route.family === "ipv4-unicast" && nextHop.length === 4) {
      putWithNextHop(attributes, nextHop, out);
      finishUpdate(start, out);
      out.put(route.nlri).patchU16(start + 16, out.length - start);
      return;
    }
    const value = putMpAttribute(14, familyOctets[route.family], out);
    out.u8(nextHop.length).put(nextHop).u8(0).put(route.nlri);
    finishMpAttribute(value, out);
    finishUpdate(start, out.put(attributes));
  }
}

const familyOctets: Readonly<Record<UnicastFamily, FamilyOctets>> = { "ipv4-unicast": [0, 1, 1], "ipv6-unicast": [0, 2, 1] };

/** NEXT_HOP takes its place by its type code — RFC 4271 §5. */
function putWithNextHop(attributes: Uint8Array, nextHop: Uint8Array, out: Writer): void {
  const walk = new AttributeWalk().over(attributes, 0, attributes.length);
  let at = attributes.length;
  while (walk.advance()) {
    if (walk.type < attributeType.nextHop) continue;
    at = walk.at;
    break;
  }
  out.put(attributes.subarray(0, at)).u8(0x40).u8(attributeType.nextHop).u8(4).put(nextHop).put(attributes.subarray(at));
}

function putUnreach(route: OwnRoute, out: Writer): void {
  const start = putUpdateHeader(out);
  if (route.family === "ipv4-unicast") {
    // Withdrawn routes stand before the attributes, of which there are none.
    out.truncate(start + headerLength + 2);
    out.patchU16(start + headerLength, route.nlri.length);
    out
      .put(route.nlri)
      .u16(0)
      .patchU16(start + 16, out.length - start);
    return;
  }
  const value = putMpAttribute(15, familyOctets[route.family], out);
  out.put(route.nlri);
  finishMpAttribute(value, out);
  finishUpdate(start, out);
}

function nameOf(family: UnicastFamily, nlri: Uint8Array): string {
  return `${family} ${nlriCodec(family)!.key(nlri, 0, nlri.length)}`;
}
