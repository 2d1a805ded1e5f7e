// SPDX-License-Identifier: Apache-2.0
import type { ConnectionId } from "./timer-name.ts";
import type { Negotiated } from "./negotiate.ts";

/** The states of RFC 4271 §8.2.2. */
export type Phase = "idle" | "connect" | "active" | "open-sent" | "open-confirm" | "established";

/**
 * One peer's session. The RFC has a state machine per connection and a peer may have two of them while they collide (§6.8);
 * here both live in one value, so that what they do to each other is decided in one place.
 */
export interface SessionState {
  /** `down` until started, after a stop, and after a reset that waits for an operator. */
  readonly admin: "up" | "down";
  /**
   * Our own way to a connection. `held`: staying away after an error. `connecting`: TCP is at work. `waiting`: until
   * the next attempt, or for the peer when we are passive. `none`: there is a session, or there shall be none.
   */
  readonly attempt: "none" | "held" | "connecting" | "waiting";
  /** At most one per direction. */
  readonly connections: readonly Connection[];
  /** Attempts to connect since a connection last came up: makes the next wait longer. */
  readonly attempts: number;
  /** Connections and sessions that ended in an error since one was stable: makes the next idle hold longer. */
  readonly failures: number;
}

export interface Connection {
  readonly id: ConnectionId;
  /** Who opened it: we (`out`) or the peer (`in`). */
  readonly side: "out" | "in";
  readonly phase: "open-sent" | "open-confirm" | "established";
  /** From the peer's OPEN on; absent in OpenSent. */
  readonly negotiated?: Negotiated;
}

export const initialState: SessionState = { admin: "down", attempt: "none", connections: [], attempts: 0, failures: 0 };

const order: readonly Phase[] = ["idle", "connect", "active", "open-sent", "open-confirm", "established"];

/** The state as the RFC names it: of the connection that got furthest, else of the attempt to make one. */
export function phaseOf(state: SessionState): Phase {
  let phase: Phase = state.attempt === "connecting" ? "connect" : state.attempt === "waiting" ? "active" : "idle";
  for (const c of state.connections) if (order.indexOf(c.phase) > order.indexOf(phase)) phase = c.phase;
  return phase;
}
