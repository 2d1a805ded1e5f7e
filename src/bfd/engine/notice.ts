// SPDX-License-Identifier: Apache-2.0
import type { BfdState } from "../packet/control-packet.ts";
import type { DownCause } from "../session/action.ts";

/** What an engine tells its owner of a session. */
export type Notice =
  | { readonly kind: "up"; readonly key: string }
  /** `unheard`: for how long, ms, nothing had been heard. */
  | { readonly kind: "down"; readonly key: string; readonly cause: DownCause; readonly remoteDiagnostic: number; readonly unheard: number }
  /** The remote host, whose port was closed, does not even say that any more. */
  | { readonly kind: "host-silent"; readonly key: string }
  /** The sockets of a session could not be made, or could again (`problem` undefined). It is tried again. */
  | { readonly kind: "socket"; readonly key: string; readonly problem: string | undefined };

/** Everything about one session, for people. Intervals and times in ms. */
export interface SessionRow {
  readonly key: string;
  readonly local: string;
  readonly peer: string;
  readonly multihop: boolean;
  readonly state: BfdState;
  /** Seconds in this state. */
  readonly since: number;
  readonly diagnostic: string;
  readonly localDiscriminator: number;
  /** 0: nothing is heard. */
  readonly remoteDiscriminator: number;
  readonly remoteState: BfdState | null;
  readonly remoteDiagnostic: string | null;
  /** What we wish. */
  readonly transmit: number;
  readonly receive: number;
  readonly multiplier: number;
  /** What the remote system wishes, null while it is not heard. */
  readonly remoteTransmit: number | null;
  readonly remoteReceive: number | null;
  readonly remoteMultiplier: number | null;
  /** What came of it: our interval before jitter, and how long silence is borne; null while nothing is heard. */
  readonly interval: number;
  readonly detectionTime: number | null;
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly ups: number;
  readonly downs: number;
  /** Why it last went down; null when it never did. */
  readonly lastDown: DownCause | null;
}
