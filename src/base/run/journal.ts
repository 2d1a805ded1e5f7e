// SPDX-License-Identifier: Apache-2.0
export type EventLevel = "debug" | "info" | "warn" | "error";
export type EventFields = Readonly<Record<string, string | number | boolean | null>>;

/** An event that a component may report, declared once in its `events.ts`. */
export interface EventKind<F extends EventFields> {
  /** Stable dotted name: `bgp.session-up`. */
  readonly event: string;
  readonly level: EventLevel;
  /** One sentence for people, from the fields. */
  readonly message: (fields: F) => string;
}

/** Names an event kind; the type parameter lists the fields it needs. */
export function eventKind<F extends EventFields>(event: string, level: EventLevel, message: (fields: F) => string): EventKind<F> {
  return { event, level, message };
}

/** Where events go: the log, `weft events`, problems in `weft status`. */
export interface Journal {
  emit<F extends EventFields>(kind: EventKind<F>, fields: F): void;
}

/** For tests: keeps the names and sentences. */
export class MemoryJournal implements Journal {
  readonly events: { readonly event: string; readonly level: EventLevel; readonly message: string; readonly fields: EventFields }[] = [];

  emit<F extends EventFields>(kind: EventKind<F>, fields: F): void {
    this.events.push({ event: kind.event, level: kind.level, message: kind.message(fields), fields });
  }
}
