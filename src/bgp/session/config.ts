// SPDX-License-Identifier: Apache-2.0
import type { Capability } from "../wire/capability/capability.ts";
import type { Family } from "../wire/family.ts";

/** Which AS a peer may be in: this one, one of these, or any but ours. */
export type PeerAsn = number | readonly number[] | "external";

/** What the session machine has to know; the driver hands in the newest with every event. */
export interface SessionConfig {
  readonly localAsn: number;
  /** BGP identifier, unsigned. */
  readonly routerId: number;
  readonly peerAsn: PeerAsn;
  /** Never connect, only accept. */
  readonly passive: boolean;
  /** Seconds; 0 for no keepalives at all, else at least 3. */
  readonly holdTime: number;
  /** Seconds; absent: a third of the negotiated hold time. */
  readonly keepalive?: number;
  /** The longest wait between attempts to connect, in ms; the first ones follow sooner. */
  readonly connectRetry: number;
  /** Families we want; at least one must be the peer's, too. */
  readonly families: readonly Family[];
  /** All that our OPEN announces, built by `localCapabilities`. */
  readonly capabilities: readonly Capability[];
  /** What of the routes of a peer that supports graceful restart stays when it falls silent. */
  readonly keepWhenSilent: KeepWhenSilent;
}

/**
 * RFC 8538 §4 keeps everything. But a host that falls silent is dead, and its routes must go; a reflector that falls silent says
 * nothing about the hosts whose routes it passed on. `reflected` tells the two apart by ORIGINATOR_ID (RFC 4456 §8).
 */
export type KeepWhenSilent = "nothing" | "reflected" | "everything";
