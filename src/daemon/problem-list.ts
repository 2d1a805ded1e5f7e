// SPDX-License-Identifier: Apache-2.0
import type { Problem } from "../contract/inspect.ts";
import type { ProblemCode } from "../contract/problem-codes.ts";

export type Severity = "error" | "warning";

interface Entry extends Problem {
  readonly severity: Severity;
}

/** What an operator should look at. Whoever finds a problem reports it, and clears it when it is gone; both may be repeated. */
export class ProblemList {
  readonly #entries = new Map<string, Entry>();
  readonly #wall: () => number;

  constructor(wall: () => number) {
    this.#wall = wall;
  }

  /** `object` as in `network web`, `peer 10.0.0.4`. Reported again, it keeps the time when it was first seen. */
  report(code: ProblemCode, object: string, message: string, severity: Severity = "error"): void {
    const key = `${code} ${object}`;
    const since = this.#entries.get(key)?.since ?? new Date(this.#wall()).toISOString();
    this.#entries.set(key, { code, object, message, since, severity });
  }

  clear(code: ProblemCode, object: string): void {
    this.#entries.delete(`${code} ${object}`);
  }

  /** Makes the problems of one code exactly these: object → message. For those who compute all of a kind at once. */
  replace(code: ProblemCode, found: ReadonlyMap<string, string>, severity: Severity = "error"): void {
    for (const [key, entry] of this.#entries) if (entry.code === code && !found.has(entry.object)) this.#entries.delete(key);
    for (const [object, message] of found) this.report(code, object, message, severity);
  }

  /** Those that mean that something of ours is not as it ought to be; a warning may be the fault of others. */
  errors(): readonly Problem[] {
    return this.list().filter((p) => this.#entries.get(`${p.code} ${p.object}`)?.severity === "error");
  }

  /** Errors before warnings, then the oldest first. */
  list(): readonly Problem[] {
    return [...this.#entries.values()]
      .toSorted((a, b) => a.severity.localeCompare(b.severity) || a.since.localeCompare(b.since))
      .map(({ code, object, message, since }) => ({ code, object, message, since }));
  }
}
