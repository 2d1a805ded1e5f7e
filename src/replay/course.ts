// SPDX-License-Identifier: Apache-2.0
import type { ErrorRecord } from "../record/error-record.ts";
import type { InputRecord, RecordLine } from "../record/recording.ts";
import { type Channel, type Decision, decisionsOf, type RecordedDecision } from "./decision.ts";
import { ReplayError } from "./errors.ts";

export type Answer = Extract<RecordLine, { readonly ask: string }>;

export type DumpPart = Extract<InputRecord, { readonly in: "dumped" }>;

/** The first point at which the second run is not the first one. */
export interface Difference {
  /** ms since the recording began. */
  readonly t: number;
  /** Line of the file. */
  readonly line: number;
  readonly channel: Channel | "question";
  readonly recorded: string | null;
  readonly replayed: string | null;
}

interface Queue<T> {
  readonly all: T[];
  next: number;
}

/** A decision may come so much earlier than in the recording, ms: another version may need fewer turns for it. */
const slack = 1000;

/**
 * Where a replay stands in its recording: what is asked is answered as it was, what is decided is compared with what was. Questions
 * are no decisions: one that is asked no more, or once more, is no difference.
 */
export class Course {
  readonly #answers = new Map<string, Queue<{ readonly line: number; readonly answer: Answer }>>();
  readonly #decisions = new Map<Channel, Queue<RecordedDecision>>();
  /** Numbers of the dumps that came in parts, by their question. */
  readonly #dumps = new Map<string, number[]>();
  readonly #parts = new Map<number, { readonly arrived: DumpPart[]; wake: (() => void) | undefined }>();
  readonly #failures = new Map<number, ErrorRecord>();
  readonly #lines: readonly RecordLine[];
  readonly #onDecision: (decision: Decision, t: number) => void;
  /** Input that is being taken in. */
  #line = 0;
  readonly #lastInput: number;
  #now = 0;
  /** Line of the last decision that was made. */
  #ahead = 0;
  #decided = 0;
  #compared = 0;
  #executed = 0;
  #waiting: { readonly upTo: number; readonly run: () => void }[] = [];
  difference: Difference | undefined;

  constructor(lines: readonly RecordLine[], onDecision: (decision: Decision, t: number) => void) {
    this.#lines = lines;
    this.#onDecision = onDecision;
    this.#lastInput = lines.findLastIndex(isDriving);
    lines.forEach((recorded, line) => {
      if ("ask" in recorded) enqueue(this.#answers, recorded.ask, { line, answer: recorded });
      else if ("out" in recorded) for (const d of decisionsOf(recorded, line)) enqueue(this.#decisions, d.channel, d);
      else if (recorded.in === "dumped") this.#expect(recorded);
      else if (recorded.in === "executed") for (const [n, error] of recorded.failed) this.#failures.set(n, error);
    });
  }

  #expect({ dump, of }: DumpPart): void {
    const numbers = this.#dumps.get(of);
    if (!numbers) this.#dumps.set(of, [dump]);
    else if (!numbers.includes(dump)) numbers.push(dump);
  }

  /** Decisions that were compared. */
  get compared(): number {
    return this.#compared;
  }

  /** ms since the recording began. */
  get time(): number {
    return this.#now;
  }

  /** The input of this line comes now. */
  moveTo(line: number): void {
    this.#line = line;
    this.#now = this.#lines[line]!.t;
  }

  knows(question: string): boolean {
    return this.#answers.has(question);
  }

  /**
   * The answer to a question that was asked while the same input was taken in, or beside the newest decision where the second run is
   * ahead; undefined when it was not.
   */
  askNow(question: string): Answer | undefined {
    const queue = this.#answers.get(question);
    if (!queue) return undefined;
    while (queue.next < queue.all.length && queue.all[queue.next]!.line < this.#line) queue.next++;
    const first = queue.all[queue.next];
    if (!first || first.line > this.#nextInput(Math.max(this.#line, this.#ahead))) return undefined;
    queue.next++;
    return first.answer;
  }

  /** A question without an answer, unless the recording breaks off here. @returns to be thrown */
  unanswered(question: string): ReplayError {
    if (this.#line < this.#lastInput)
      this.#differ({ t: this.#now, line: this.#line, channel: "question", recorded: null, replayed: question });
    return new ReplayError(question);
  }

  /** Line of the input after this line. */
  #nextInput(after: number): number {
    let line = after + 1;
    while (line < this.#lines.length && !isDriving(this.#lines[line]!)) line++;
    return line;
  }

  /** @throws ReplayError when it was never asked */
  ask(question: string): Answer {
    const answer = this.askNow(question);
    if (answer) return answer;
    const queue = this.#answers.get(question);
    if (!queue) throw this.unanswered(question);
    // Once too often: what is known is the answer before. That to a question which comes later is left for it, or every later one
    // would be answered with the answer to the next.
    return queue.all[Math.max(0, queue.next - 1)]!.answer;
  }

  /** @returns the recorded one beside it; undefined when the recording ends before */
  decide(decision: Decision): RecordedDecision | undefined {
    if (this.difference) return undefined;
    this.#onDecision(decision, this.#now);
    const queue = this.#decisions.get(decision.channel);
    const recorded = queue?.all[queue.next];
    if (!queue || !recorded) {
      this.#surplus(decision);
      return undefined;
    }
    queue.next++;
    this.#compared++;
    this.#ahead = Math.max(this.#ahead, recorded.line);
    const { t, line, channel, text } = recorded;
    if (text !== decision.text) this.#differ({ t: this.#now, line, channel, recorded: text, replayed: decision.text });
    else if (t > this.#now + slack && line > this.#nextInput(this.#line)) {
      const replayed = `${decision.text} (already at ${(this.#now / 1000).toFixed(3)} s)`;
      this.#differ({ t, line, channel, recorded: text, replayed });
    }
    return recorded;
  }

  /** @returns the number of the first of so many requests to the kernel */
  number(count: number): number {
    const first = this.#decided;
    this.#decided += count;
    return first;
  }

  /** What the kernel said against a request. */
  failure(n: number): ErrorRecord | undefined {
    return this.#failures.get(n);
  }

  /** Runs when the kernel has done the requests up to this one. */
  whenExecuted(upTo: number, run: () => void): void {
    if (upTo <= this.#executed) run();
    else this.#waiting.push({ upTo, run });
  }

  /** Whether the next dump in parts is one of this question; it is taken then. @returns its number */
  takeDump(of: string): number | undefined {
    const first = this.#dumps.get(of)?.shift();
    if (first !== undefined) this.#parts.set(first, { arrived: [], wake: undefined });
    return first;
  }

  /** The next part of a dump, when it has come. */
  async part(dump: number): Promise<DumpPart> {
    const parts = this.#parts.get(dump)!;
    if (parts.arrived.length === 0) await new Promise<void>((resolve) => (parts.wake = resolve));
    return parts.arrived.shift()!;
  }

  dumped(part: DumpPart): void {
    const parts = this.#parts.get(part.dump);
    parts?.arrived.push(part);
    parts?.wake?.();
  }

  executed(upTo: number): void {
    this.#executed = Math.max(this.#executed, upTo);
    const due = this.#waiting.filter((w) => w.upTo <= this.#executed);
    this.#waiting = this.#waiting.filter((w) => w.upTo > this.#executed);
    for (const { run } of due) run();
  }

  /** Whether what this line says was decided is decided. */
  isDone(line: number): boolean {
    const recorded = this.#lines[line]!;
    if (!("out" in recorded)) return true;
    const queue = this.#decisions.get(recorded.out === "sent" ? `to ${recorded.slot}` : recorded.out);
    const open = queue?.all[queue.next];
    return open === undefined || open.line > line;
  }

  /** What was decided up to this line and was not now is a difference. */
  close(line: number): void {
    const missing = this.#missing(line);
    if (missing) this.#differ({ ...missing, line: missing.line, recorded: missing.text, replayed: null });
  }

  #missing(line: number): RecordedDecision | undefined {
    const open = [...this.#decisions.values()].map((q) => q.all[q.next]).filter((d) => d !== undefined && d.line <= line);
    return open.toSorted((a, b) => a!.line - b!.line)[0];
  }

  /** More than the recording has: a difference only if the recording goes on long enough to have had it. */
  #surplus(decision: Decision): void {
    const last = this.#lines.at(-1)?.t ?? 0;
    if (last > this.#now + slack && this.#line < this.#lastInput)
      this.#differ({ t: this.#now, line: this.#line, channel: decision.channel, recorded: null, replayed: decision.text });
  }

  #differ({ t, line, channel, recorded, replayed }: Difference): void {
    // Lines of the file count from 1, and the first is the header.
    this.difference ??= { t, line: line + 2, channel, recorded, replayed };
  }
}

/** Inputs that begin something; the others are answers of the kernel. */
function isDriving(line: RecordLine): boolean {
  return "in" in line && line.in !== "end" && line.in !== "executed";
}

function enqueue<K, T>(queues: Map<K, Queue<T>>, key: K, item: T): void {
  const queue = queues.get(key);
  if (queue) queue.all.push(item);
  else queues.set(key, { all: [item], next: 0 });
}
