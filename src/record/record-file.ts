// SPDX-License-Identifier: Apache-2.0
import { closeSync, openSync, renameSync, statSync, write, writeSync } from "node:fs";
import { RecordingError } from "./errors.ts";

export interface RecordFileOptions {
  readonly path: string;
  /** Octets after which the file ends. */
  readonly limit: number;
  /** Octets, as far as they can be guessed, that may wait to be written. */
  readonly backlog: number;
  /** Called once, when something other than `close` ends the file. */
  readonly onEnd: (reason: string, lines: number) => void;
}

/** A line that will be made into text when nobody waits; `weight` guesses its octets. */
export interface WaitingLine {
  readonly text: () => string;
  readonly weight: number;
}

/** Earlier recordings that are kept, as FILE.1 (the newest) to FILE.4. */
const keptBefore = 4;
/** ms between two looks at what waits. */
const pause = 50;
/** ms of making text at a time. */
const slice = 4;
const chunk = 1 << 18;

/**
 * A file of lines that never holds up who writes to it: lines are made into text and written later, in small portions. When the
 * disk is full or too slow, or the limit is reached, the file ends there; the program does not.
 */
export class RecordFile {
  readonly #o: RecordFileOptions;
  readonly #fd: number;
  #waiting: WaitingLine[] = [];
  /** Index of the first in `#waiting` that is not text yet. */
  #next = 0;
  #weight = 0;
  #written = 0;
  #lines = 0;
  #due: NodeJS.Timeout | undefined;
  #writing: Buffer | undefined;
  #over = false;

  /** Makes the file; one of that name becomes FILE.1. @throws RecordingError */
  constructor(options: RecordFileOptions) {
    this.#o = options;
    try {
      rotate(options.path);
      this.#fd = openSync(options.path, "wx", 0o600);
    } catch (e) {
      throw new RecordingError("WEFT_RECORDING_FILE", `cannot record in ${options.path}: ${(e as Error).message}`, { cause: e });
    }
  }

  get over(): boolean {
    return this.#over;
  }

  add(line: WaitingLine): void {
    if (this.#over) return;
    this.#waiting.push(line);
    this.#weight += line.weight;
    if (this.#weight > this.#o.backlog) this.#end("it cannot be written as fast as things happen");
    else if (!this.#writing) this.#due ??= setTimeout(() => this.#pump(), pause).unref();
  }

  /** Writes what waits, at once, and closes the file. Synchronous, so that it can be the last thing of a process that crashed. */
  close(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#due);
    try {
      // What is being written is written once more, in the same place: nobody would wait for it at the end of a process.
      if (this.#writing) this.#writeNow(this.#writing);
      while (this.#next < this.#waiting.length) this.#writeNow(this.#take(Infinity));
    } catch (e) {
      this.#o.onEnd((e as Error).message, this.#lines);
    }
    if (!this.#writing) closeSync(this.#fd);
  }

  #pump(): void {
    this.#due = undefined;
    if (this.#over) return;
    const bytes = this.#take(slice);
    if (bytes.length > 0) this.#write(bytes);
  }

  #write(bytes: Buffer): void {
    this.#writing = bytes;
    write(this.#fd, bytes, 0, bytes.length, this.#written, (error, n) => {
      this.#writing = undefined;
      if (this.#over) closeSync(this.#fd);
      else if (error) this.#end(error.message);
      else this.#wrote(bytes, n);
    });
  }

  #wrote(bytes: Buffer, n: number): void {
    this.#written += n;
    if (n < bytes.length) this.#write(bytes.subarray(n));
    else if (this.#written >= this.#o.limit) this.#end(`its limit of ${this.#o.limit} octets is reached`);
    else if (this.#next < this.#waiting.length) this.#due = setTimeout(() => this.#pump(), 1).unref();
  }

  #writeNow(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) {
      const n = writeSync(this.#fd, bytes, at, bytes.length - at, this.#written);
      at += n;
      this.#written += n;
    }
  }

  /** Text of what waits, for at most so many ms. */
  #take(most: number): Buffer {
    const until = performance.now() + most;
    const texts: string[] = [];
    let length = 0;
    while (this.#next < this.#waiting.length && length < chunk && performance.now() < until) {
      const line = this.#waiting[this.#next++]!;
      const text = line.text();
      this.#weight -= line.weight;
      this.#lines++;
      length += text.length + 1;
      texts.push(text, "\n");
    }
    if (this.#next === this.#waiting.length || this.#next > 4096) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    return Buffer.from(texts.join(""));
  }

  #end(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#due);
    this.#waiting = [];
    this.#next = 0;
    // A write that is under way closes it when it is done.
    if (!this.#writing) closeSync(this.#fd);
    this.#o.onEnd(reason, this.#lines);
  }
}

/** FILE becomes FILE.1, FILE.1 becomes FILE.2 …: a process that crashed and came back has not overwritten what it recorded. */
function rotate(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isFile()) throw new Error("it is there and no regular file");
  for (let n = keptBefore; n > 0; n--) {
    const from = n === 1 ? path : `${path}.${n - 1}`;
    if (statSync(from, { throwIfNoEntry: false })) renameSync(from, `${path}.${n}`);
  }
}
