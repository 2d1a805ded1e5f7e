// SPDX-License-Identifier: Apache-2.0
import { type AttributesId, AttributeScratch, type AttributeStore } from "./attribute-store.ts";
import { decodeUpdate } from "../wire/update.ts";
import { type Family, familyOf } from "../wire/family.ts";
import { type AttributeFault, strongestFault } from "../wire/fault.ts";
import type { LocRib } from "./loc-rib.ts";
import type { NlriStage } from "./nlri-stage.ts";
import type { PathSource } from "./path-sources.ts";
import type { PeerState } from "./peer-state.ts";
import { admitAttributes } from "./received-attributes.ts";
import { plainlySound } from "./plainly-sound.ts";
import type { RecordId } from "./record.ts";
import { ImportGate } from "./import-gate.ts";
import type { RefusedRoutes, RuleRef } from "./policy/rule-ref.ts";
import type { RouteTargetConstraint } from "./route-target-constraint.ts";
import type { RestTable } from "./rest-table.ts";
import type { UpdateVerdict } from "./types.ts";
import { UpdateLayout } from "./update-layout.ts";

const withdrawAll: AttributesId = 0;
const pathIdLength = 4;
const noFaults: readonly string[] = [];

/** Counts of one message. */
interface Tally {
  announced: number;
  withdrawn: number;
  /** Of the withdrawn those that there were. */
  removed: number;
  malformed: number;
  /** More than the peer may have. */
  refused: number;
}

const limitRule: RuleRef = { kind: "limit", policy: "limit", rule: "maximum" };

/** Reads UPDATE bodies into the tables. */
export class UpdateIntake {
  readonly #rib: LocRib;
  readonly #attributes: AttributeStore;
  readonly #rests: RestTable;
  readonly #stage: NlriStage;
  readonly #gate: ImportGate;
  readonly #constraint: RouteTargetConstraint;
  readonly #scratch = new AttributeScratch();
  readonly #layout = new UpdateLayout();
  readonly #tally: Tally = { announced: 0, withdrawn: 0, removed: 0, malformed: 0, refused: 0 };
  /** Routes that the peer may have. */
  #limit = Number.POSITIVE_INFINITY;
  #view: DataView = new DataView(new ArrayBuffer(0));

  constructor(rib: LocRib, attributes: AttributeStore, rests: RestTable, stage: NlriStage, constraint: RouteTargetConstraint) {
    this.#rib = rib;
    this.#constraint = constraint;
    this.#attributes = attributes;
    this.#rests = rests;
    this.#stage = stage;
    this.#gate = new ImportGate(attributes);
  }

  update(peer: PeerState, bytes: Uint8Array, start: number, end: number): UpdateVerdict {
    peer.counts.updatesIn++;
    const tally = this.#tally;
    tally.announced = tally.withdrawn = tally.malformed = tally.refused = 0;
    this.#limit = peer.policy?.routeLimit ?? Number.POSITIVE_INFINITY;
    const layout = this.#layout;
    if (!layout.read(bytes, start, end)) return this.#malformed(peer, bytes, start, end);
    if (layout.withdrawnEnd > start + 2 || layout.attributesEnd < end) peer.counts.otherFamilies++;
    const faults: AttributeFault[] = [];
    const whole = layout.unreachAt < 0 || this.#unreach(peer, bytes);
    // RFC 7606 §5.2: attributes of a message that announces nothing have to be sound too. With IPv4 routes they are of no concern here.
    const nothing = layout.reachAt < 0 && layout.others > 0 && layout.attributesEnd === end;
    if (!whole || nothing) faults.push(...this.#explain(peer, bytes, start, end));
    if (layout.reachAt >= 0 && !this.#reach(peer, bytes, faults)) faults.push(...this.#explain(peer, bytes, start, end));
    return this.#verdict(peer, bytes, start, end, faults);
  }

  /** The peer's policy changed, or its routes have to be told from those that it announces from now on. */
  forgetVerdicts(peer: PeerState): void {
    peer.verdicts.clear(this.#attributes);
  }

  /** Puts one EVPN route in: for routes of this speaker. @returns false when it is malformed */
  announceOne(bytes: Uint8Array, attributes: AttributesId): boolean {
    this.#tally.announced = this.#tally.malformed = 0;
    this.#limit = Number.POSITIVE_INFINITY;
    this.#look(bytes);
    const whole = this.#apply(0, bytes, 0, bytes.length, attributes);
    return whole && this.#tally.malformed === 0 && this.#tally.announced === 1;
  }

  withdrawOne(bytes: Uint8Array, slot: number): boolean {
    this.#tally.removed = 0;
    this.#look(bytes);
    return this.#apply(slot, bytes, 0, bytes.length, withdrawAll) && this.#tally.removed > 0;
  }

  #look(bytes: Uint8Array): void {
    if (this.#view.buffer === bytes.buffer && this.#view.byteOffset === bytes.byteOffset && this.#view.byteLength === bytes.byteLength)
      return;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** @returns false when the NLRI field is malformed */
  #unreach(peer: PeerState, bytes: Uint8Array): boolean {
    const { unreachAt, unreachEnd } = this.#layout;
    if (unreachAt + 3 > unreachEnd) return false;
    if (unreachAt + 3 === unreachEnd) return true;
    return this.#take(peer, bytes, unreachAt, unreachAt + 3, unreachEnd, withdrawAll);
  }

  #reach(peer: PeerState, bytes: Uint8Array, faults: AttributeFault[]): boolean {
    const { reachAt, reachEnd } = this.#layout;
    if (reachAt + 5 > reachEnd) return false;
    if (!isHeld(peer, bytes, reachAt)) {
      peer.counts.otherFamilies++;
      return true;
    }
    const nextHopLength = bytes[reachAt + 3]!;
    const nlriAt = reachAt + 4 + nextHopLength + 1;
    if (nlriAt > reachEnd || (nextHopLength !== 4 && nextHopLength !== 16 && nextHopLength !== 32)) return false;
    const attributes = this.#internReceived(peer, bytes, faults);
    this.#look(bytes);
    if (attributes !== withdrawAll) this.#attributes.hold(attributes);
    const usable = attributes !== withdrawAll && this.#usable(peer, attributes);
    const policy = usable && isEvpn(bytes, reachAt) ? peer.policy?.import : undefined;
    const whole =
      policy === undefined || hasPathIds(peer, bytes, reachAt)
        ? this.#take(peer, bytes, reachAt, nlriAt, reachEnd, usable ? attributes : withdrawAll)
        : this.#gate.pass(peer, policy, attributes, bytes, nlriAt, reachEnd, (from, to, set) =>
            this.#apply(peer.slot, bytes, from, to, set),
          );
    if (attributes !== withdrawAll) this.#attributes.drop(attributes);
    return whole;
  }

  /** The set of the other attributes, or 0 when its routes are to be treated as withdrawn. */
  #internReceived(peer: PeerState, bytes: Uint8Array, faults: AttributeFault[]): AttributesId {
    const layout = this.#layout;
    const scratch = this.#scratch;
    scratch.begin(bytes, layout.reachAt + 4, bytes[layout.reachAt + 3]!);
    this.#appendOthers(bytes);
    if (peer.peer.fourOctetAs) {
      const known = this.#attributes.find(peer.slot, scratch);
      if (known !== 0) return known;
      const { octets, length } = scratch;
      if (peer.peer.role !== "ebgp" && plainlySound(octets, 1 + octets[0]!, length)) return this.#attributes.insert(peer.source, scratch);
    }
    const nextHopEnd = 1 + scratch.octets[0]!;
    const admission = admitAttributes(scratch.octets.slice(nextHopEnd, scratch.length), peer.peer);
    faults.push(...admission.faults);
    if (admission.faults.some((f) => f.reaction !== "discard")) {
      peer.counts.treatedAsWithdraw++;
      return withdrawAll;
    }
    scratch.length = nextHopEnd;
    scratch.append(admission.attributes, 0, admission.attributes.length);
    return this.#attributes.find(peer.slot, scratch) || this.#attributes.insert(peer.source, scratch);
  }

  /** Everything but MP_REACH_NLRI and MP_UNREACH_NLRI, which are usually first or last. */
  #appendOthers(bytes: Uint8Array): void {
    const { attributesAt, attributesEnd, reachAttribute, reachEnd, unreachAttribute, unreachEnd } = this.#layout;
    const scratch = this.#scratch;
    let at = attributesAt;
    const unreachFirst = unreachAttribute >= 0 && unreachAttribute < reachAttribute;
    if (unreachFirst) {
      scratch.append(bytes, at, unreachAttribute);
      at = unreachEnd;
    }
    scratch.append(bytes, at, reachAttribute);
    at = reachEnd;
    if (unreachAttribute >= 0 && !unreachFirst) {
      scratch.append(bytes, at, unreachAttribute);
      at = unreachEnd;
    }
    scratch.append(bytes, at, attributesEnd);
  }

  /** RFC 4271 §9.1.2, RFC 4456 §8: a route that went round in a loop is not considered, and neither is what it replaced. */
  #usable(peer: PeerState, attributes: AttributesId): boolean {
    const { loop } = this.#attributes.get(attributes);
    if (loop === "as-loop") peer.counts.asLoops++;
    else if (loop === "originator-loop") peer.counts.originatorLoops++;
    else if (loop === "cluster-loop") peer.counts.clusterLoops++;
    return loop === undefined;
  }

  /** An NLRI field of a family that is held: the family stands at `family`, the routes in `bytes[at, end)`. @returns false when it is malformed */
  #take(peer: PeerState, bytes: Uint8Array, family: number, at: number, end: number, attributes: AttributesId): boolean {
    if (!isHeld(peer, bytes, family)) {
      peer.counts.otherFamilies++;
      return true;
    }
    this.#look(bytes);
    if (hasPathIds(peer, bytes, family)) return this.#applyPaths(peer, bytes, at, end, attributes);
    return isEvpn(bytes, family)
      ? this.#apply(peer.slot, bytes, at, end, attributes)
      : this.#applyMemberships(peer.slot, bytes, at, end, attributes);
  }

  /** As {@link #apply} with a path identifier before each NLRI — RFC 7911 §3: each is a source of its own, and so are its attributes. */
  #applyPaths(peer: PeerState, bytes: Uint8Array, at: number, end: number, attributes: AttributesId): boolean {
    const { pathSources } = this.#attributes;
    for (let o = at; o < end;) {
      const next = o + pathIdLength + 2 + (bytes[o + pathIdLength + 1] ?? end);
      if (next > end) return false;
      const pathId = this.#view.getUint32(o);
      const nlri = o + pathIdLength;
      const whole =
        attributes === withdrawAll
          ? this.#apply(pathSources.find(peer.slot, pathId), bytes, nlri, next, withdrawAll)
          : this.#announcePath(peer, pathSources.of(peer.slot, pathId), bytes, nlri, next, attributes);
      if (!whole) return false;
      o = next;
    }
    return true;
  }

  #announcePath(peer: PeerState, source: PathSource, bytes: Uint8Array, at: number, end: number, attributes: AttributesId): boolean {
    const store = this.#attributes;
    const octets = store.view(attributes);
    this.#scratch.begin(octets, 1, octets[0]!);
    this.#scratch.append(octets, 1 + octets[0]!, octets.length);
    const set = store.find(source, this.#scratch) || store.insert({ ...peer.source, slot: source }, this.#scratch);
    store.hold(set);
    const policy = peer.policy?.import;
    const whole = policy
      ? this.#gate.pass(peer, policy, set, bytes, at, end, (from, to, passed) => this.#apply(source, bytes, from, to, passed))
      : this.#apply(source, bytes, at, end, set);
    store.drop(set);
    return whole;
  }

  #applyMemberships(slot: number, bytes: Uint8Array, at: number, end: number, attributes: AttributesId): boolean {
    const tally = this.#tally;
    if (attributes === withdrawAll) {
      const n = this.#constraint.withdraw(slot, bytes, at, end);
      tally.withdrawn += n ?? 0;
      return n !== undefined;
    }
    const room = { limit: this.#limit, refused: 0 };
    const n = this.#constraint.announce(slot, attributes, bytes, at, end, room);
    tally.announced += (n ?? 0) - room.refused;
    tally.refused += room.refused;
    return n !== undefined;
  }

  /** Announces with `attributes`, or withdraws when they are 0. @returns false when the field is no whole list */
  #apply(slot: number, bytes: Uint8Array, at: number, end: number, attributes: AttributesId): boolean {
    const stage = this.#stage;
    const { table } = this.#rib;
    for (let o = at; o < end;) {
      o = stage.fill(bytes, this.#view, o, end);
      this.#tally.malformed += stage.malformed;
      if (o < 0) return false;
      table.prefetch(stage);
      if (attributes === withdrawAll) this.#withdrawStaged(slot);
      else if (this.#rib.received(slot) + stage.count > this.#limit) this.#announceWithin(this.#limit, slot, bytes, attributes);
      else this.#announceStaged(bytes, attributes);
    }
    return true;
  }

  #announceStaged(bytes: Uint8Array, attributes: AttributesId): void {
    const stage = this.#stage;
    const rib = this.#rib;
    for (let k = 0; k < stage.count; k++) {
      const rest = this.#rests.ofStaged(stage, k, bytes, this.#view);
      const id = rib.table.findOrCreate(stage, k);
      rib.announce(id, attributes, rest);
      this.#rests.forget(rest);
    }
    this.#tally.announced += stage.count;
  }

  /** As {@link #announceStaged}, but routes that the peer does not have yet only up to `limit`. */
  #announceWithin(limit: number, slot: number, bytes: Uint8Array, attributes: AttributesId): void {
    const stage = this.#stage;
    const rib = this.#rib;
    for (let k = 0; k < stage.count; k++) {
      const known = rib.table.find(stage, k);
      const replaces = known !== 0 && rib.has(known, slot);
      if (!replaces && rib.received(slot) >= limit) {
        this.#tally.refused++;
        continue;
      }
      const rest = this.#rests.ofStaged(stage, k, bytes, this.#view);
      rib.announce(rib.table.findOrCreate(stage, k), attributes, rest);
      this.#rests.forget(rest);
      this.#tally.announced++;
    }
  }

  #withdrawStaged(slot: number): void {
    const stage = this.#stage;
    const rib = this.#rib;
    for (let k = 0; k < stage.count; k++) {
      const id: RecordId = rib.table.find(stage, k);
      if (id !== 0 && rib.retract(id, slot)) this.#tally.removed++;
    }
    this.#tally.withdrawn += stage.count;
  }

  #malformed(peer: PeerState, bytes: Uint8Array, start: number, end: number): UpdateVerdict {
    const faults = this.#explain(peer, bytes, start, end);
    if (strongestFault(faults)?.reaction === "withdraw") this.#withdrawNamed(peer, bytes);
    return this.#verdict(peer, bytes, start, end, faults);
  }

  /** RFC 7606 §3(c), §4: MP_REACH_NLRI has wrong flags, or an attribute runs past the others; the routes named are taken back. */
  #withdrawNamed(peer: PeerState, bytes: Uint8Array): void {
    const { reachAt, reachEnd } = this.#layout;
    peer.counts.treatedAsWithdraw++;
    this.#unreach(peer, bytes);
    if (reachAt < 0 || reachAt + 5 > reachEnd || !isHeld(peer, bytes, reachAt)) return;
    this.#take(peer, bytes, reachAt, reachAt + 5 + bytes[reachAt + 3]!, reachEnd, withdrawAll);
  }

  /** What the codec finds wrong with the whole message; only asked when something is. */
  #explain(peer: PeerState, bytes: Uint8Array, start: number, end: number): readonly AttributeFault[] {
    const addPath = new Set<Family>(peer.peer.addPath?.receive === true ? ["l2vpn-evpn"] : []);
    const context = { fourOctetAs: peer.peer.fourOctetAs, peer: peer.peer.role === "ebgp" ? "ebgp" : "ibgp", addPath } as const;
    return decodeUpdate(bytes.subarray(start, end), context).faults;
  }

  #verdict(peer: PeerState, bytes: Uint8Array, start: number, end: number, faults: readonly AttributeFault[]): UpdateVerdict {
    const { announced, withdrawn, malformed } = this.#tally;
    peer.counts.announced += announced;
    peer.counts.withdrawn += withdrawn;
    peer.counts.malformedNlri += malformed;
    const refused = peer.policy === undefined ? [] : this.#refused(peer);
    const endOfRib = announced + withdrawn === 0 && faults.length === 0 ? this.#endOfRib(bytes, start, end) : undefined;
    if (faults.length === 0 && malformed === 0) {
      return endOfRib === undefined
        ? { reaction: "ok", faults: noFaults, announced, withdrawn, ...(refused.length > 0 && { refused }) }
        : { reaction: "ok", faults: noFaults, announced, withdrawn, endOfRib };
    }
    const worst = strongestFault(faults);
    const lines = faults.map((f) => f.message);
    if (malformed > 0) lines.push(`${malformed} EVPN routes with inner lengths that do not add up, left out`);
    return {
      // Routes that were left out weigh more than an attribute that was.
      reaction: worst === undefined || (malformed > 0 && worst.reaction === "discard") ? "withdraw" : worst.reaction,
      faults: lines,
      announced,
      withdrawn,
      ...(refused.length > 0 && { refused }),
      ...(worst && { notification: worst.notification }),
      ...(worst?.family !== undefined && { family: worst.family }),
    };
  }

  /** What policy and limit of the peer kept out of this message. */
  #refused(peer: PeerState): readonly RefusedRoutes[] {
    const refused = this.#gate.takeRefused();
    const routes = this.#tally.refused;
    if (routes === 0) return refused;
    peer.refused.add(limitRule, routes);
    return [...refused, { rule: limitRule, routes, example: new Uint8Array(0) }];
  }

  /** RFC 4724 §2. */
  #endOfRib(bytes: Uint8Array, start: number, end: number): Family | undefined {
    const layout = this.#layout;
    if (layout.reachAt >= 0 || layout.others > 0) return undefined;
    if (layout.unreachAt < 0) return end - start === 4 ? "ipv4-unicast" : undefined;
    if (layout.unreachEnd - layout.unreachAt !== 3) return undefined;
    return familyOf((bytes[layout.unreachAt]! << 8) | bytes[layout.unreachAt + 1]!, bytes[layout.unreachAt + 2]!);
  }
}

/** Whether AFI and SAFI at `at` are of a family that the RIB holds and the session has. */
function isHeld(peer: PeerState, bytes: Uint8Array, at: number): boolean {
  return isEvpn(bytes, at) ? peer.evpn : peer.rtConstrain && bytes[at] === 0 && bytes[at + 1] === 1 && bytes[at + 2] === 132;
}

/** Whether the NLRI of the family at `at` have path identifiers. */
function hasPathIds(peer: PeerState, bytes: Uint8Array, at: number): boolean {
  return peer.peer.addPath?.receive === true && isEvpn(bytes, at);
}

function isEvpn(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0 && bytes[at + 1] === 25 && bytes[at + 2] === 70;
}
