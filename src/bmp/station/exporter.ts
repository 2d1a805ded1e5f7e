// SPDX-License-Identifier: Apache-2.0
import type { Component } from "../../base/run/component.ts";
import { Slices } from "../../base/run/slices.ts";
import type { RibMonitor } from "../../bgp/rib/monitor.ts";
import type { RecordId } from "../../bgp/rib/record.ts";
import type { PeerSlot } from "../../bgp/rib/types.ts";
import type { DownCause } from "../../bgp/session/down-cause.ts";
import type { MonitoredSession, SessionMonitor } from "../../bgp/speaker/session-monitor.ts";
import { stationQueued, stationUp, stationWaiting } from "../events.ts";
import type { StationConfig } from "./config.ts";
import { Station, type StationContext } from "./station.ts";

/** All monitoring stations of a speaker. Without one it costs nothing. */
export class BmpExporter implements Component, SessionMonitor, RibMonitor {
  readonly #context: StationContext;
  #stations: readonly Station[] = [];
  #configs: readonly StationConfig[];
  #running = false;

  constructor(configs: readonly StationConfig[], context: Omit<StationContext, "slices">) {
    this.#configs = configs;
    this.#context = { ...context, slices: new Slices() };
    context.metrics.onScrape(() => {
      for (const kind of [stationUp, stationQueued, stationWaiting]) context.metrics.clear(kind);
      for (const station of this.#stations) station.measure();
    });
  }

  start(): Promise<void> {
    this.#running = true;
    this.#apply(this.#configs);
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#running = false;
    this.#apply([]);
    return Promise.resolve();
  }

  /** Stations whose settings are the same stay connected. @returns a sentence for each difference */
  reconfigure(configs: readonly StationConfig[]): readonly string[] {
    const before = new Set(this.#configs.map((c) => JSON.stringify(c)));
    const after = new Set(configs.map((c) => JSON.stringify(c)));
    const named = (c: StationConfig): string => `monitoring station ${c.address} port ${c.port}`;
    const changes = [
      ...configs.filter((c) => !before.has(JSON.stringify(c))).map((c) => `${named(c)} is told`),
      ...this.#configs.filter((c) => !after.has(JSON.stringify(c))).map((c) => `${named(c)} is told no more as it was`),
    ];
    this.#configs = configs;
    if (this.#running) this.#apply(configs);
    return changes;
  }

  up(session: MonitoredSession): void {
    for (const s of this.#stations) s.up(session);
  }

  down(session: MonitoredSession, cause: DownCause): void {
    for (const s of this.#stations) s.down(session, cause);
  }

  received(session: MonitoredSession, message: Uint8Array): void {
    for (const s of this.#stations) s.received(session, message);
  }

  sent(slot: PeerSlot, messages: Uint8Array): void {
    for (const s of this.#stations) s.sent(slot, messages);
  }

  path(record: RecordId, slot: PeerSlot): void {
    for (const s of this.#stations) s.path(record, slot);
  }

  best(records: Int32Array, start: number, count: number): void {
    for (const s of this.#stations) s.best(records, start, count);
  }

  needs(record: RecordId): boolean {
    return this.#stations.some((s) => s.needs(record));
  }

  #apply(configs: readonly StationConfig[]): void {
    const kept = new Map(this.#stations.map((s) => [JSON.stringify(s.config), s]));
    const wanted = new Set(configs.map((c) => JSON.stringify(c)));
    for (const [key, station] of kept) if (!wanted.has(key)) station.stop();
    const fresh: Station[] = [];
    this.#stations = configs.map((c) => {
      const known = kept.get(JSON.stringify(c));
      if (known) return known;
      const station = new Station(c, this.#context);
      fresh.push(station);
      return station;
    });
    const has = (table: string): boolean => configs.some((c) => c.tables.some((t) => t === table));
    const what = { paths: has("post-policy"), sent: has("adj-rib-out") };
    this.#context.speaker.watch(configs.length === 0 ? undefined : this, what);
    for (const station of fresh) station.start();
  }
}
