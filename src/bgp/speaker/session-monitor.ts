// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { PeerSlot, RibPeer } from "../rib/types.ts";
import type { DownCause } from "../session/down-cause.ts";

/** An established session, for those who watch. */
export interface MonitoredSession {
  readonly slot: PeerSlot;
  readonly peer: RibPeer;
  readonly localAddress: Ip;
  readonly localPort: number;
  readonly remotePort: number;
  /** Whole messages, with their headers. */
  readonly sentOpen: Uint8Array;
  readonly receivedOpen: Uint8Array;
}

/** Told what sessions do, as it happens. Octets are valid during the call only. */
export interface SessionMonitor {
  up(session: MonitoredSession): void;
  down(session: MonitoredSession, cause: DownCause): void;
  /** One UPDATE as it came, before anything is made of it. */
  received(session: MonitoredSession, message: Uint8Array): void;
  /** Whole messages that go to the peer. */
  sent(slot: PeerSlot, messages: Uint8Array): void;
}
