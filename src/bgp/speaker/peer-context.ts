// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../../base/run/clock.ts";
import type { Journal } from "../../base/run/journal.ts";
import type { Metrics } from "../../base/run/metrics.ts";
import type { Rib } from "../rib/rib.ts";
import type { Negotiated } from "../session/negotiate.ts";
import type { ConnectionId } from "../session/timer-name.ts";
import type { Family } from "../wire/family.ts";
import type { SpeakerConfig } from "./config.ts";
import type { Connection } from "./connection.ts";
import type { EventLimit } from "./event-limit.ts";
import type { SessionMonitor } from "./session-monitor.ts";
import type { SlotOutput } from "./slot-output.ts";

/** What a peer has of its speaker. */
export interface PeerContext {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly metrics: Metrics;
  readonly rib: Rib;
  readonly output: SlotOutput;
  readonly limit: EventLimit;
  /** Absent but while a station watches. */
  monitor: SessionMonitor | undefined;
  /** Sockets that are not gone yet, also those that only wait for their last words to be read. */
  readonly sockets: Set<Connection>;
  /** The newest. */
  config(): SpeakerConfig;
  /** Whether we restarted and wait for our peers' routes — RFC 4724 §4.1. */
  restarting(): boolean;
  nextConnection(): ConnectionId;
  /** Something was put into the RIB: flush it at the end of this turn. */
  changed(): void;
  /** See {@link RibTurn.took}. */
  took(c: Connection, octets: number): boolean;
  sessionUp(peer: string, negotiated: Negotiated): void;
  sessionDown(peer: string): void;
  endOfRib(peer: string, family: Family): void;
  /** A peer has neither connections nor routes any more. */
  idle(peer: string): void;
}
