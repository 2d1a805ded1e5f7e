// SPDX-License-Identifier: Apache-2.0
import type { BfdState } from "../packet/control-packet.ts";
import { diagnostic } from "../packet/diagnostic.ts";
import { type SessionConfig, slowestNeeded } from "./config.ts";

/** What the remote system said in its newest packet. Intervals in microseconds. */
export interface Remote {
  /** bfd.RemoteDiscr, not 0. */
  readonly discriminator: number;
  readonly state: BfdState;
  readonly diagnostic: number;
  readonly demand: boolean;
  readonly controlPlaneIndependent: boolean;
  readonly detectMultiplier: number;
  readonly desiredMinTx: number;
  readonly requiredMinRx: number;
}

/** The state variables of RFC 5880 §6.8.1, and the timers as points in time. Times in ms of the caller's clock, intervals in microseconds. */
export interface SessionState {
  readonly state: BfdState;
  /** bfd.LocalDiag: why the session last left Up. */
  readonly diagnostic: number;
  readonly localDiscriminator: number;
  /** Absent: nothing was heard for a detection time; bfd.RemoteDiscr is 0 then. */
  readonly remote: Remote | undefined;
  /** The intervals that we announce. */
  readonly desiredMinTx: number;
  readonly requiredMinRx: number;
  /** The intervals that we go by: the old ones while the remote system has not confirmed a new one that it has to know of first — §6.8.3. */
  readonly usedMinTx: number;
  readonly usedMinRx: number;
  /** `again`: something changed while a Poll Sequence was on its way; another one follows — §6.5. */
  readonly poll: "no" | "yes" | "again";
  readonly lastSent: number;
  /** What part of the interval follows the newest packet — §6.8.7, jitter. */
  readonly jitter: number;
  /** When the next periodic packet is due; absent: none is to be sent. */
  readonly nextSend: number | undefined;
  /** When the detection time is over; absent: nothing was heard that could cease. */
  readonly detectAt: number | undefined;
  /**
   * When the remote host last answered a packet of ours with ICMP port unreachable, since its newest packet: nobody listens there, but
   * the host lives.
   */
  readonly refusedAt: number | undefined;
}

/** A session in Down, whose first packet is due at `now`. @param localDiscriminator not 0, unique among ours */
export function newSession(localDiscriminator: number, config: SessionConfig, now: number): SessionState {
  const desiredMinTx = Math.max(slowestNeeded, config.desiredMinTx);
  return {
    state: "down",
    diagnostic: diagnostic.none,
    localDiscriminator,
    remote: undefined,
    desiredMinTx,
    requiredMinRx: config.requiredMinRx,
    usedMinTx: desiredMinTx,
    usedMinRx: config.requiredMinRx,
    poll: "no",
    lastSent: now,
    jitter: 0,
    nextSend: now,
    detectAt: undefined,
    refusedAt: undefined,
  };
}
