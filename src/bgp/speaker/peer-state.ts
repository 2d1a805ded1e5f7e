// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { Refusal } from "../rib/policy/refusals.ts";
import type { DownCause } from "../session/down-cause.ts";
import type { Phase } from "../session/state.ts";
import type { Family } from "../wire/family.ts";

/** What there is to know of a peer. */
export interface PeerState {
  readonly address: Ip;
  readonly description: string | null;
  /** Of the session; while there is none, the configured one, or 0 when that leaves a choice. */
  readonly asn: number;
  readonly role: "client" | "non-client" | "ebgp";
  readonly dynamic: boolean;
  /** `down`: stopped by an operator or by a limit. */
  readonly admin: "up" | "down";
  readonly phase: Phase;
  /** Seconds in this phase. */
  readonly since: number;
  /** BGP identifier, unsigned; null without a session. */
  readonly routerId: number | null;
  readonly hostname: string | null;
  /** Of the session; else those we offer. */
  readonly families: readonly Family[];
  /** Of the session, seconds. */
  readonly holdTime: number | null;
  /** Routes in the table from the peer, stale ones included, and routes it was sent. */
  readonly received: number;
  readonly sent: number;
  /** Families whose routes are kept over a restart of the peer. */
  readonly stale: readonly Family[];
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly octetsIn: number;
  readonly octetsOut: number;
  readonly updatesIn: number;
  /** What was not taken from it in this session, by reason; empty without one. */
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
  /** What policy, admission rules or a limit did not let in, in this session. */
  readonly refused: readonly Refusal[];
  /** What an export policy kept from it and the peers that get the same. */
  readonly keptBack: readonly Refusal[];
  /** Directions in which routes come with several paths — RFC 7911; null without a session. */
  readonly addPath: { readonly receive: boolean; readonly send: boolean } | null;
  /** Routes that it could have and did not ask for by route target — RFC 4684. */
  readonly withheld: number;
  /** Route target memberships that it announced. */
  readonly memberships: number;
  /** Most routes that it may announce; null: any number. */
  readonly maximumRoutes: number | null;
  /** UPDATEs that broke a rule. */
  readonly malformed: number;
  /** Sessions that ended. */
  readonly flaps: number;
  /** Why the last session or attempt ended; null when none did. */
  readonly lastError: string | null;
  /** The same in one of few words. */
  readonly lastErrorKind: DownCause["kind"] | null;
  /** Changed routes that a peer which reads slowly has yet to hear of. */
  readonly lagging: number;
  /** Octets that wait for the peer to read. */
  readonly queued: number;
}

/** Why something that a peer announced is not in the table: loops (RFC 4271 §9.1.2, RFC 4456 §8), RFC 7606, families that are not held. */
export type DropReason = "as-loop" | "originator-loop" | "cluster-loop" | "malformed-attribute" | "malformed-route" | "other-family";
