// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { constants, gunzipSync } from "node:zlib";
import { RecordingError } from "./errors.ts";
import { type RecordingHeader, type RecordLine, recordingFormat } from "./recording.ts";
import { RowReader } from "./row-changes.ts";

export interface Recording {
  readonly header: RecordingHeader;
  /** Dumps are whole: neither parts nor changes are left. */
  readonly lines: readonly RecordLine[];
  /** It does not end with an `end`: the process was killed, or still runs. */
  readonly brokenOff: boolean;
}

/** Reads a recording, also a compressed one. @throws RecordingError */
export function readRecording(file: string): Recording {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (e) {
    throw new RecordingError("WEFT_RECORDING_FILE", `cannot read ${file}: ${(e as Error).message}`, { cause: e });
  }
  return parseRecording(inflated(bytes, file), file);
}

function inflated(bytes: Buffer, file: string): string {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.toString();
  try {
    // One that was cut short gives what it has.
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).toString();
  } catch (e) {
    throw new RecordingError("WEFT_RECORDING_MALFORMED", `${file} cannot be decompressed: ${(e as Error).message}`, { cause: e });
  }
}

/** @throws RecordingError */
export function parseRecording(text: string, file: string): Recording {
  const complete = text.lastIndexOf("\n");
  // The last line of a process that was killed may be half a line.
  const rows = text.slice(0, complete < 0 ? text.length : complete).split("\n");
  const header = readHeader(rows[0]!, file);
  const lines: RecordLine[] = [];
  const dumps = new DumpReader();
  for (let i = 1; i < rows.length; i++) {
    try {
      const line = dumps.read(readLine(rows[i]!));
      if (line) lines.push(line);
    } catch (e) {
      throw new RecordingError("WEFT_RECORDING_MALFORMED", `${file} line ${i + 1} is damaged: ${(e as Error).message}`, { cause: e });
    }
  }
  const last = lines.at(-1);
  return { header, lines, brokenOff: !(last && "in" in last && last.in === "end") };
}

function readHeader(row: string, file: string): RecordingHeader {
  let header: Partial<RecordingHeader> | null = null;
  try {
    header = JSON.parse(row) as Partial<RecordingHeader> | null;
  } catch {
    // Said below.
  }
  if (header?.recording !== "weft")
    throw new RecordingError("WEFT_RECORDING_MALFORMED", `${file} is no recording: its first line is not a recording's header`);
  if (header.format !== recordingFormat) {
    const by = `weft ${header.version ?? "of an unknown version"}`;
    throw new RecordingError(
      "WEFT_RECORDING_VERSION",
      `${file} has format ${String(header.format)} (by ${by}); this version reads format ${recordingFormat}`,
    );
  }
  if ((header.component !== "agent" && header.component !== "reflector") || typeof header.config !== "object")
    throw new RecordingError("WEFT_RECORDING_MALFORMED", `${file} does not say whose recording it is`);
  return header as RecordingHeader;
}

type ReadLine = RecordLine | ({ readonly t: number } & { readonly ask: string; readonly part?: readonly unknown[] });

function readLine(row: string): ReadLine {
  const value = JSON.parse(row) as Partial<Record<string, unknown>> | null;
  if (typeof value !== "object" || value === null || typeof value["t"] !== "number") throw new Error("it has no time");
  if (["in", "ask", "out"].filter((kind) => typeof value[kind] === "string").length !== 1)
    throw new Error("it is neither input, question nor decision");
  return value as unknown as RecordLine;
}

type DumpedLine = Extract<RecordLine, { readonly in: "dumped" }>;

/** Joins the parts of dumps and applies their changes. */
class DumpReader {
  readonly #parts = new Map<string, unknown[]>();
  readonly #newest = new Map<string, readonly unknown[]>();
  /** Dumps that come in parts, by their number. */
  readonly #open = new Map<number, { readonly reader: RowReader; readonly rows: unknown[] }>();

  /** @returns undefined for a part that others follow */
  read(line: ReadLine): RecordLine | undefined {
    if ("in" in line && line.in === "dumped") return this.#dumped(line);
    if (!("ask" in line)) return line;
    const { t, ask } = line;
    if ("part" in line && line.part) {
      const parts = this.#parts.get(ask) ?? [];
      this.#parts.set(ask, parts.concat(line.part));
      return undefined;
    }
    let rows: readonly unknown[];
    if ("rows" in line) rows = (this.#parts.get(ask) ?? []).concat(line.rows);
    else if ("changed" in line) rows = new RowReader(this.#newest.get(ask) ?? []).next(line.changed);
    else return line as RecordLine;
    this.#parts.delete(ask);
    this.#newest.set(ask, rows);
    return { t, ask, rows };
  }

  #dumped(line: DumpedLine): RecordLine {
    const { dump, of } = line;
    const known = this.#open.get(dump) ?? { reader: new RowReader(this.#newest.get(of) ?? []), rows: [] };
    this.#open.set(dump, known);
    const rows = known.reader.next(line.changed);
    for (const row of rows) known.rows.push(row);
    if (line.last) {
      this.#open.delete(dump);
      if (!line.failed) this.#newest.set(of, known.rows);
    }
    return { ...line, changed: rows.length === 0 ? [] : [["put", rows]] };
  }
}
