// SPDX-License-Identifier: Apache-2.0
import type net from "node:net";
import { prefixContains } from "../../base/net/prefix.ts";
import { backoffDelay } from "../../base/run/backoff.ts";
import type { Clock, Timer } from "../../base/run/clock.ts";
import type { Journal } from "../../base/run/journal.ts";
import type { Metrics } from "../../base/run/metrics.ts";
import type { Slices } from "../../base/run/slices.ts";
import type { RecordId } from "../../bgp/rib/record.ts";
import type { PeerSlot } from "../../bgp/rib/types.ts";
import type { DownCause } from "../../bgp/session/down-cause.ts";
import { type Abort, dial } from "../../bgp/speaker/dial.ts";
import type { MonitoredSession } from "../../bgp/speaker/session-monitor.ts";
import type { Speaker } from "../../bgp/speaker/speaker.ts";
import * as events from "../events.ts";
import { informationType, reasonInformation, terminationReason, textInformation } from "../wire/information.ts";
import { type BmpMessage, encodeBmp } from "../wire/message.ts";
import type { StationConfig } from "./config.ts";
import { Link } from "./link.ts";
import { peerDown, peerUp } from "./peer-messages.ts";
import { StationView } from "./station-view.ts";

/** The longest pause between attempts to connect, s — RFC 7854 §3.2. */
const longestPause = 720;
/** For the last words to be read, ms. */
const partingLimit = 1_000;

export interface StationContext {
  readonly speaker: Speaker;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly metrics: Metrics;
  readonly slices: Slices;
  readonly asn: number;
  /** BGP identifier, unsigned. */
  readonly identifier: number;
  /** Of this host, and of this program. */
  readonly name: string;
  readonly version: string;
  /** Path of the network namespace in which sockets live. */
  readonly namespace: string | undefined;
}

/**
 * One monitoring station: connects, says all there is, then what changes. A station that does not keep up loses the
 * connection and begins anew; BGP never waits for it.
 */
export class Station {
  readonly config: StationConfig;
  readonly #context: StationContext;
  readonly #label: { readonly station: string };
  #abort: Abort | undefined;
  #retry: Timer | undefined;
  #statistics: Timer | undefined;
  #link: Link | undefined;
  #view: StationView | undefined;
  #failures = 0;
  #working = false;

  constructor(config: StationConfig, context: StationContext) {
    this.config = config;
    this.#context = context;
    this.#label = { station: `${config.address} port ${config.port}` };
  }

  start(): void {
    const { address, port, localAddress } = this.config;
    this.#abort = dial(
      address,
      port,
      { namespace: this.#context.namespace, source: localAddress, password: undefined },
      (socket) => this.#connected(socket),
      (reason) => this.#lost(reason),
    );
  }

  stop(): void {
    this.#abort?.();
    this.#retry?.cancel();
    if (this.#link) {
      this.#send({ kind: "termination", information: [reasonInformation(terminationReason.administrative)] });
      this.#link.close(partingLimit);
    }
    this.#forget();
  }

  up(session: MonitoredSession): void {
    if (this.#view && this.#wants(session)) this.#announce(session);
  }

  down(session: MonitoredSession, cause: DownCause): void {
    if (this.#view?.forget(session) === true) this.#send(peerDown(session, cause, this.#context.clock.wall()));
  }

  received(session: MonitoredSession, message: Uint8Array): void {
    this.#view?.received(session, message, this.#context.clock.wall());
    this.#check();
  }

  sent(slot: PeerSlot, messages: Uint8Array): void {
    this.#view?.sent(slot, messages, this.#context.clock.wall());
    this.#check();
  }

  path(record: RecordId, slot: PeerSlot): void {
    if (this.#view?.path(record, slot) === false) this.#behind("changes", "too many routes changed");
    this.#work();
  }

  best(records: Int32Array, start: number, count: number): void {
    if (this.#view?.best(records, start, count) === false) this.#behind("changes", "too many routes changed");
    this.#work();
  }

  needs(record: RecordId): boolean {
    return this.#view?.needs(record) === true;
  }

  /** Brings its gauges up to date. */
  measure(): void {
    const { metrics } = this.#context;
    metrics.set(events.stationUp, this.#label, this.#link ? 1 : 0);
    metrics.set(events.stationQueued, this.#label, this.#link?.queued ?? 0);
    metrics.set(events.stationWaiting, this.#label, this.#view?.waiting ?? 0);
  }

  #connected(socket: net.Socket): void {
    const { journal, clock, name, version } = this.#context;
    this.#abort = undefined;
    this.#link = new Link(socket, { ready: () => this.#work(), closed: (reason) => this.#lost(reason) });
    journal.emit(events.stationConnected, this.#label);
    const information = [textInformation(informationType.sysDescr, `weft ${version}`), textInformation(informationType.sysName, name)];
    this.#send({ kind: "initiation", information });
    const { tables } = this.config;
    this.#view = new StationView(this.#context, tables, {
      octets: (bytes) => this.#octets(bytes),
      message: (m) => this.#send(m),
      introduce: () => this.#introduce(),
    });
    if (this.config.statistics > 0) {
      this.#statistics = clock.every(this.config.statistics * 1000, () => {
        this.#view?.report();
        this.#work();
      });
    }
    this.#work();
  }

  /** Sessions that it has not been told of. */
  *#introduce(): Generator<void> {
    for (const session of this.#context.speaker.sessions()) {
      if (this.#wants(session)) this.#announce(session);
      yield;
    }
  }

  #announce(session: MonitoredSession): void {
    if (this.#view?.add(session) === true) this.#send(peerUp(session, this.#context.clock.wall()));
  }

  #wants(session: MonitoredSession): boolean {
    const { peers } = this.config;
    return peers === undefined || peers.some((p) => prefixContains(p, session.peer.address));
  }

  #send(message: BmpMessage): void {
    this.#octets(encodeBmp(message));
  }

  #octets(bytes: Uint8Array): void {
    if (!this.#link) return;
    this.#link.send(bytes);
    this.#context.metrics.add(events.stationMessages, this.#label);
    this.#context.metrics.add(events.stationOctets, this.#label, bytes.length);
  }

  #check(): void {
    if (this.#link && this.#link.queued > this.config.queue) this.#behind("octets", `${this.#link.queued} octets wait for it`);
    else this.#work();
  }

  /** All that waits is dropped. */
  #behind(limit: "octets" | "changes", what: string): void {
    this.#context.metrics.add(events.stationResyncs, { ...this.#label, limit });
    this.#context.journal.emit(events.stationBehind, { ...this.#label, what });
    this.#link?.destroy();
    this.#lost("it did not keep up");
  }

  #lost(reason: string): void {
    this.#abort = undefined;
    this.#forget();
    const retry = backoffDelay(this.#failures++, this.config.reconnect, Math.max(longestPause, this.config.reconnect));
    this.#context.journal.emit(events.stationLost, { ...this.#label, reason, retry });
    this.#retry = this.#context.clock.after(retry * 1000, () => this.start());
  }

  #forget(): void {
    this.#statistics?.cancel();
    this.#statistics = undefined;
    this.#link = undefined;
    this.#view = undefined;
  }

  /** Does what can wait in slices, for as long as the station takes it. */
  #work(): void {
    if (this.#working) return;
    this.#working = true;
    void this.#workThrough();
  }

  async #workThrough(): Promise<void> {
    try {
      while (this.#link?.ready === true && this.#view?.pending === true) {
        await this.#context.slices.run((goOn) => {
          const view = this.#view;
          while (this.#link?.ready === true && view?.step() === true) if (!goOn()) break;
          view?.flush();
        });
      }
      // It is there and has all of it: the next loss is a new one.
      if (this.#view?.settled === true) this.#failures = 0;
    } catch (error) {
      // Costs this station its connection, and nobody else anything.
      this.#link?.destroy();
      if (this.#link) this.#lost(`fault of our own: ${String(error)}`);
    } finally {
      // In the turn that saw nothing left to do: what comes later begins anew.
      this.#working = false;
    }
  }
}
