// SPDX-License-Identifier: Apache-2.0
import type { AttributesId, AttributeStore } from "./attribute-store.ts";
import { exportMaskOf } from "./export-class.ts";
import type { ExportGate } from "./export-gate.ts";
import type { LocRib, RoutePath } from "./loc-rib.ts";
import type { PeerState } from "./peer-state.ts";
import type { RecordId } from "./record.ts";

/** Why a peer is not sent the best path of a route. In the order in which they are looked at. */
export type Withheld =
  /** The session is down. */
  | "no-session"
  /** The family was not negotiated. */
  | "family-not-negotiated"
  /** It announced the path itself. */
  | "came-from-it"
  /** NO_ADVERTISE — RFC 1997. */
  | "no-advertise"
  /** NO_EXPORT, and it is of another AS — RFC 1997. */
  | "no-export"
  /** Both are iBGP peers and neither is a client — RFC 4456 §6. */
  | "not-reflected"
  /** LLGR_STALE, and it does not know of that — RFC 9494 §4.3. */
  | "long-lived-stale"
  /** Refused by an export policy. */
  | "policy"
  /** It asked for other route targets only — RFC 4684. */
  | "not-asked-for"
  /** It does not read fast enough and has not been told of the newest change yet. */
  | "congested";

/**
 * Whom a path is for, asked after the fact: there is no table of what each peer was sent. The rules are those by which the
 * encoder and the emitter decide.
 */
export class Advertisements {
  readonly #rib: LocRib;
  readonly #attributes: AttributeStore;
  readonly #gate: ExportGate;

  constructor(rib: LocRib, attributes: AttributeStore, gate: ExportGate) {
    this.#rib = rib;
    this.#attributes = attributes;
    this.#gate = gate;
  }

  /** The paths of a route that a peer with add-path holds. @param most how many of the best it is sent */
  several(id: RecordId, most: "all" | number, peer: PeerState): ReadonlySet<AttributesId> {
    const { policy, exportClass } = peer.group;
    const goes = ({ attributes: set, rest }: RoutePath): boolean =>
      (this.#attributes.exportMask(set) & (1 << exportClass)) !== 0 &&
      (policy === undefined || this.#gate.decide(policy, set, id, rest).accepted);
    // Its own path takes a place among the best, too: they are chosen for the group.
    const allowed = [...this.#rib.pathsOf(id)].filter(goes);
    const chosen = most === "all" ? allowed : this.#rib.best(id, allowed, most);
    return new Set(chosen.filter((path) => this.withheld(id, path, peer) === undefined).map((p) => p.attributes));
  }

  /** @returns undefined when the peer holds the path */
  withheld(id: RecordId, { attributes: best, rest }: RoutePath, peer: PeerState): Withheld | undefined {
    if (peer.phase !== "up") return "no-session";
    if (!peer.evpn) return "family-not-negotiated";
    const source = this.#attributes.source(best);
    if (source === peer.slot) return "came-from-it";
    if ((this.#attributes.exportMask(best) & (1 << peer.group.exportClass)) === 0) return this.#rule(best, peer);
    const { policy } = peer.group;
    if (policy !== undefined && !this.#gate.decide(policy, best, id, rest).accepted) return "policy";
    if (peer.interest !== undefined && !peer.interest.wants(this.#attributes.targets(best))) return "not-asked-for";
    return peer.missed?.has(id) === true ? "congested" : undefined;
  }

  /** Which of the rules of {@link exportMaskOf} it was: the one without which it would go. */
  #rule(best: AttributesId, peer: PeerState): Withheld {
    const stored = this.#attributes.get(best);
    const bit = 1 << peer.group.exportClass;
    if (stored.noAdvertise) return "no-advertise";
    if (stored.llgrStale && (exportMaskOf({ role: stored.role, routerId: 0 }, { ...stored.facts, llgrStale: false }) & bit) !== 0)
      return "long-lived-stale";
    return stored.noExport && peer.peer.role === "ebgp" ? "no-export" : "not-reflected";
  }
}
