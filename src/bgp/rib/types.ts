// SPDX-License-Identifier: Apache-2.0
/** Seam types of the RIB: what the speaker hands in, what subscribers and transports get out. */
import type { Ip } from "../../base/net/ip.ts";
import type { Attribute } from "../wire/attribute/attribute.ts";
import type { Family } from "../wire/family.ts";
import type { PeerPolicy } from "./policy/model.ts";
import type { RefusedRoutes } from "./policy/rule-ref.ts";

/** Small integer that names a peer inside the RIB; 0 is nobody, {@link localSlot} is this speaker itself. */
export type PeerSlot = number;
export const localSlot: PeerSlot = 1;

/** Families whose routes the RIB holds. */
export function isHeld(family: Family): boolean {
  return family === "l2vpn-evpn" || family === "rt-constrain";
}

/** What stays of a peer whose session is gone — RFC 4724 §4.2. */
export interface PeerDown {
  /** Families whose routes stay in use. */
  readonly keepStale?: readonly Family[];
  /** Of those not the ones that the peer announced for itself. */
  readonly reflectedOnly?: boolean;
  /** Also routes that were stale already: those of a restart before — RFC 9494 §4.2 — or of a refresh that was under way. */
  readonly keepOlder?: boolean;
}

/** `receive`: its NLRI carry path identifiers. `send`: ours do, and it is sent all paths of a route or so many of the best ones. */
export interface AddPathTerms {
  readonly receive: boolean;
  readonly send?: "all" | number;
}

/** What the RIB has to know of an established session. */
export interface RibPeer {
  /** Shown to people; the peer's address. */
  readonly name: string;
  readonly address: Ip;
  /** RFC 4456: a client of this reflector, an ordinary iBGP peer, or another AS. */
  readonly role: "client" | "non-client" | "ebgp";
  readonly asn: number;
  /** BGP identifier from its OPEN, unsigned. */
  readonly routerId: number;
  /** Families negotiated in both directions. */
  readonly families: readonly Family[];
  readonly fourOctetAs: boolean;
  /** 4096, or 65535 when RFC 8654 was negotiated. */
  readonly maxMessage: number;
  /** Add-path for EVPN, as negotiated — RFC 7911. */
  readonly addPath?: AddPathTerms;
  /** Long-lived graceful restart was negotiated: it may be sent routes with LLGR_STALE — RFC 9494 §4.5. */
  readonly longLivedGracefulRestart?: boolean;
  readonly policy?: PeerPolicy;
}

/** Where encoded messages go. The speaker implements it over sockets, tests over arrays. */
export interface RibOutput {
  /**
   * Hands over whole messages. `bytes` must not be changed or kept after `release` was called;
   * the transport calls it exactly once, when the octets are written or the peer is gone.
   * @returns false when the peer is congested: the RIB then stops writing to it, remembers only which
   *   routes changed, and sends their newest state after `Rib.drained(slot)`. What was encoded already still comes:
   *   at most three more writes
   */
  write(slot: PeerSlot, bytes: Uint8Array, release: () => void): boolean;
}

/**
 * A set of path attributes shared by all routes that came with it, interned by its raw octets.
 * Identity is meaningful while a route holds it: consumers may cache by object in a WeakMap.
 */
export interface AttributeSet {
  /** As received, in order, without MP_REACH_NLRI and MP_UNREACH_NLRI. */
  readonly raw: Uint8Array;
  /** Next hop of MP_REACH_NLRI (4, 16 or 32 octets) or NEXT_HOP. */
  readonly nextHop: Uint8Array;
  /** Decoded on first use, once. */
  attributes(): readonly Attribute[];
}

/** The winner of a route, or the news that it has none any more. */
export interface BestChange {
  readonly family: Family;
  /** One NLRI in wire form; of a withdrawal, at least its key octets are those of the route that went. */
  readonly nlri: Uint8Array;
  readonly path: BestPath | undefined;
}

export interface BestPath {
  readonly attributes: AttributeSet;
  /** Slot of the peer it came from. */
  readonly from: PeerSlot;
  readonly fromName: string;
  /** Kept over a peer's graceful restart — RFC 4724 §4.2. */
  readonly stale: boolean;
}

/** A route of this speaker itself: like one from a peer, but already encoded by whoever originates it. */
export interface LocalRoute {
  readonly family: Family;
  /** One NLRI in wire form. */
  readonly nlri: Uint8Array;
  /** Path attributes in wire form without NEXT_HOP and MP_REACH_NLRI; share one array between routes with equal attributes. */
  readonly attributes: Uint8Array;
  /** 4 or 16 octets. */
  readonly nextHop: Uint8Array;
}

/** Result of feeding one UPDATE body — RFC 7606. The strongest reaction wins. */
export interface UpdateVerdict {
  /** `ok`, or what had to be done because something was malformed. `reset` means: the session must send this NOTIFICATION and end. */
  readonly reaction: "ok" | "discard" | "withdraw" | "disable-family" | "reset";
  /** One line per fault, for people: which attribute, what is wrong. Empty when ok. */
  readonly faults: readonly string[];
  /** For `reset`: code, subcode and data of the NOTIFICATION (RFC 4271 §6.3). */
  readonly notification?: { readonly code: number; readonly subcode: number; readonly data: Uint8Array };
  /** For `disable-family`. */
  readonly family?: Family;
  /** Set when the message was an End-of-RIB marker — RFC 4724 §2. */
  readonly endOfRib?: Family;
  /** Counts for statistics and maximum-prefix. */
  readonly announced: number;
  readonly withdrawn: number;
  /** Routes that the peer's policy did not let in, or that were too many; they are among the withdrawn. */
  readonly refused?: readonly RefusedRoutes[];
}
