// SPDX-License-Identifier: Apache-2.0
import type { EventFields, EventKind, EventLevel, Journal } from "../base/run/journal.ts";
import type { EventRow } from "../contract/inspect.ts";

/** The part of a pino logger that is used here. */
export type LogSink = Readonly<Record<EventLevel, (fields: object, message: string) => void>>;

/** How many events `weft events` can look back. */
const kept = 2_000;

/** Journal of a process: every event goes to the log; those above debug are kept, and shown to whoever follows. */
export class EventLog implements Journal {
  readonly #log: LogSink;
  readonly #wall: () => number;
  readonly #ring: EventRow[] = [];
  #next = 0;
  readonly #followers = new Set<(row: EventRow) => void>();

  constructor(log: LogSink, wall: () => number) {
    this.#log = log;
    this.#wall = wall;
  }

  emit<F extends EventFields>(kind: EventKind<F>, fields: F): void {
    const message = kind.message(fields);
    this.#log[kind.level]({ event: kind.event, ...fields }, message);
    if (kind.level === "debug") return;
    const row: EventRow = { time: new Date(this.#wall()).toISOString(), event: kind.event, message, fields };
    this.#ring[this.#next] = row;
    this.#next = (this.#next + 1) % kept;
    for (const follower of this.#followers) follower(row);
  }

  /** The kept events, oldest first. */
  events(): readonly EventRow[] {
    return this.#ring.length < kept ? [...this.#ring] : [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
  }

  /** Calls `follower` for each event from now on; the result ends it. */
  follow(follower: (row: EventRow) => void): () => void {
    this.#followers.add(follower);
    return () => void this.#followers.delete(follower);
  }
}
