// SPDX-License-Identifier: Apache-2.0
import { setImmediate as realTurn } from "node:timers/promises";
import { type Journal, MemoryJournal } from "../base/run/journal.ts";
import type { Recording } from "../record/read-recording.ts";
import type { InputRecord, RecordLine } from "../record/recording.ts";
import { Course, type Difference } from "./course.ts";
import type { Decision } from "./decision.ts";
import { ReplayError } from "./errors.ts";
import type { Feed } from "./feed.ts";
import { replayAgent } from "./replay-agent.ts";
import { replayReflector } from "./replay-reflector.ts";

export interface ReplayOptions {
  /** Ends after the inputs up to this time, ms since the recording began. */
  readonly until?: number | undefined;
  /** What the second run reports. */
  readonly journal?: Journal;
  /** Seed of hash tables: no decision may depend on it. */
  readonly seed?: number;
  readonly onInput?: (input: InputRecord, t: number) => void;
  readonly onDecision?: (decision: Decision, t: number) => void;
}

/** Something that nobody foresaw, thrown while a line was replayed. */
export interface Crash {
  /** ms since the recording began. */
  readonly t: number;
  /** Line of the file. */
  readonly line: number;
  readonly error: Error;
  /** The recorded process ended with the same. */
  readonly isRecorded: boolean;
}

export interface ReplayResult {
  /** Undefined: every decision was the recorded one. */
  readonly difference: Difference | undefined;
  readonly crash: Crash | undefined;
  readonly inputs: number;
  /** Those compared. */
  readonly decisions: number;
  /** Of the recording, as far as it was replayed, ms. */
  readonly duration: number;
}

/** Inputs after which nothing but the table of routes has changed: no promise waits for them. */
const still: ReadonlySet<InputRecord["in"]> = new Set(["update", "peer-up", "drained"]);

/** Runs what was recorded once more, without sockets, kernel or waiting, and compares each decision. */
export async function replay({ header, lines }: Recording, options: ReplayOptions = {}): Promise<ReplayResult> {
  const until = options.until ?? Infinity;
  const end = lines.findIndex((l) => l.t > until);
  const part = end < 0 ? lines : lines.slice(0, end);
  const course = new Course(part, options.onDecision ?? (() => undefined));
  const journal = options.journal ?? new MemoryJournal();
  const daemon =
    header.component === "agent" ? replayAgent(header, course, journal, options.seed) : replayReflector(header, course, options.seed);
  const guard = new Guard();
  let inputs = 0;
  let at = 0;
  try {
    for (const [n, line] of part.entries()) {
      at = n;
      if ("out" in line) await decided(course, daemon, n, guard);
      if (course.difference || guard.error) break;
      if ("ask" in line) daemon.learn(line);
      if (!("in" in line)) continue;
      course.moveTo(n);
      options.onInput?.(line, line.t);
      guard.run(() => daemon.feed(line));
      inputs++;
      if (!still.has(line.in)) await realTurn();
    }
  } finally {
    guard.end();
  }
  const crash = guard.error && crashOf(guard.error, part, at);
  return { difference: crash ? undefined : course.difference, crash, inputs, decisions: course.compared, duration: part.at(-1)?.t ?? 0 };
}

function crashOf(error: Error, lines: readonly RecordLine[], at: number): Crash {
  const last = lines.at(-1);
  const isRecorded = last !== undefined && "in" in last && last.in === "end" && last.why === `crashed: ${error.name}: ${error.message}`;
  return { t: lines[at]!.t, line: at + 2, error, isRecorded };
}

/** Lets the second run have turns until it has decided what the recording has next. */
async function decided(course: Course, daemon: Feed, line: number, guard: Guard): Promise<void> {
  while (!course.isDone(line) && !course.difference && !guard.error) {
    if (!guard.run(() => daemon.turn())) {
      // A recording that ends with a crash may have decided this after what the second run does not survive.
      if (!guard.error) course.close(line);
      return;
    }
    await realTurn();
  }
}

/** Keeps what the second run throws, at once or out of a promise. */
class Guard {
  error: Error | undefined;
  readonly #keep = (e: unknown): void => {
    // What has no answer in the recording ends there; the course holds it as the difference.
    if (!(e instanceof ReplayError)) this.error ??= e instanceof Error ? e : new Error(String(e));
  };

  constructor() {
    process.on("unhandledRejection", this.#keep);
  }

  run<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (e) {
      this.#keep(e);
      return undefined;
    }
  }

  end(): void {
    process.off("unhandledRejection", this.#keep);
  }
}
