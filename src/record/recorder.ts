// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../base/run/clock.ts";
import type { Journal } from "../base/run/journal.ts";
import { type ErrorRecord, errorRecord } from "./error-record.ts";
import { recordingEnded, recordingStarted } from "./events.ts";
import { RecordFile } from "./record-file.ts";
import {
  type AskRecord,
  type DecisionRecord,
  type InputRecord,
  type RecordingHeader,
  recordingFormat,
  type RowChange,
} from "./recording.ts";
import { isLeftOut, RowEdit, rowChanges } from "./row-changes.ts";
import type { AgentConfig } from "../contract/config/load.ts";
import { withoutSecrets } from "../contract/config/without-secrets.ts";

export interface RecorderOptions {
  readonly path: string;
  /** Octets after which the recording ends; absent: 256 MiB. */
  readonly limit?: number;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly version: string;
}

export interface Subject {
  readonly component: RecordingHeader["component"];
  readonly config: object;
}

/** Takes the parts of one dump. */
export interface DumpNotes {
  part(rows: readonly unknown[]): void;
  end(): void;
  fail(e: unknown): void;
}

const defaultLimit = 256 << 20;
const backlog = 128 << 20;
/** Rows of a dump in one line: longer ones would take long to make. */
const rowsPerLine = 1000;
/** Guesses of octets of text. */
const weights = { line: 60, row: 160, request: 80 } as const;

/**
 * Notes what reaches a daemon, what it asks and what it decides, in order. Values are kept as they are (they are readonly) and
 * become text later, so that recording costs the daemon little. Nothing here throws once it was made.
 */
export class Recorder {
  readonly #file: RecordFile;
  readonly #clock: Clock;
  readonly #began: number;
  /** The newest answer to each dump. */
  readonly #rows = new Map<string, readonly unknown[]>();
  /** Kernel decisions so far. */
  #decided = 0;
  #dumps = 0;

  /** @throws RecordingError when the file cannot be made */
  constructor(options: RecorderOptions, subject: Subject) {
    const { path, clock, journal, version } = options;
    this.#clock = clock;
    this.#began = clock.now();
    this.#file = new RecordFile({
      path,
      limit: options.limit ?? defaultLimit,
      backlog,
      onEnd: (reason, lines) => {
        this.#rows.clear();
        journal.emit(recordingEnded, { file: path, reason, lines });
      },
    });
    const began = new Date(clock.wall()).toISOString();
    const config = withoutSecrets(subject.config);
    const header = { recording: "weft", format: recordingFormat, component: subject.component, version, began, config } as RecordingHeader;
    this.#file.add({ text: () => JSON.stringify(header), weight: weights.line });
    journal.emit(recordingStarted, { file: path });
  }

  input(input: InputRecord): void {
    const rows = input.in === "events" ? input.list.length : 0;
    const octets = input.in === "update" ? input.body.length : 0;
    const noted = input.in === "config" ? { ...input, config: withoutSecrets(input.config) as AgentConfig } : input;
    this.#add(noted, weights.line + rows * weights.row + octets);
  }

  answer(ask: string, is: unknown): void {
    this.#add({ ask, is }, weights.line);
  }

  refusal(ask: string, e: unknown): void {
    this.#add({ ask, failed: errorRecord(e) }, weights.line);
  }

  /** Answer to a dump; in full only when it has little in common with the one before. */
  rows(ask: string, rows: readonly unknown[]): void {
    if (this.#file.over) return;
    const before = this.#rows.get(ask);
    this.#rows.set(ask, rows);
    const changed = before && rowChanges(before, rows);
    if (changed && changed.length * 2 < rows.length + 8) {
      this.#add({ ask, changed }, weights.line + weightOf(changed));
      return;
    }
    let at = 0;
    for (; rows.length - at > rowsPerLine; at += rowsPerLine)
      this.#add({ ask, part: rows.slice(at, at + rowsPerLine) }, rowsPerLine * weights.row);
    this.#add({ ask, rows: rows.slice(at) }, weights.line + (rows.length - at) * weights.row);
  }

  /** A dump that comes in parts begins. */
  slicedDump(of: string): DumpNotes {
    const dump = this.#dumps++;
    let edit: RowEdit | undefined;
    // Against what a reader knows at the line of the first part.
    const known = (): RowEdit => (edit ??= new RowEdit(this.#rows.get(of) ?? []));
    const all: unknown[] = [];
    const note = (changed: readonly RowChange[], more: { readonly last?: true; readonly failed?: ErrorRecord } = {}): void => {
      this.#add({ in: "dumped", dump, of, changed, ...more }, weights.line + weightOf(changed));
    };
    return {
      part: (rows) => {
        if (this.#file.over) return;
        for (const row of rows) all.push(row);
        note(known().next(rows));
      },
      end: () => {
        note(known().end(), { last: true });
        if (!this.#file.over) this.#rows.set(of, all);
      },
      fail: (e) => note([], { last: true, failed: errorRecord(e) }),
    };
  }

  /**
   * Something is asked of the kernel; `texts` is called later.
   * @returns the number of the first among all kernel decisions
   */
  kernel(count: number, texts: () => readonly string[]): number {
    const first = this.#decided;
    this.#decided += count;
    this.#add(() => ({ out: "kernel", do: texts() }), weights.line + count * weights.request);
    return first;
  }

  /** The kernel did what was asked up to (not with) a number; `errors` of the new ones that it refused. */
  executed(first: number, errors: readonly unknown[]): void {
    const failed: (readonly [number, ErrorRecord])[] = [];
    errors.forEach((e, i) => {
      if (e !== undefined) failed.push([first + i, errorRecord(e)]);
    });
    this.#add({ in: "executed", upTo: first + errors.length, failed }, weights.line + failed.length * weights.row);
  }

  decision(decision: DecisionRecord): void {
    this.#add(decision, weights.line);
  }

  /** The recording is complete: what happens from now on does not belong to it. */
  end(why: string): void {
    this.input({ in: "end", why });
    this.#file.close();
  }

  #add(what: InputRecord | AskRecord | DecisionRecord | (() => DecisionRecord), weight: number): void {
    if (this.#file.over) return;
    const t = Math.round((this.#clock.now() - this.#began) * 1000) / 1000;
    this.#file.add({ text: () => JSON.stringify({ t, ...(typeof what === "function" ? what() : what) }, leaveOut), weight });
  }
}

function weightOf(changed: readonly RowChange[]): number {
  return changed.reduce((n, [verb, what]) => n + (verb === "put" ? what.length : 0), 0) * weights.row;
}

function leaveOut(key: string, value: unknown): unknown {
  return isLeftOut(key) ? undefined : value;
}
