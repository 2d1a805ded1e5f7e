// SPDX-License-Identifier: Apache-2.0
import type { RowChange } from "./recording.ts";

/** How far ahead a row is looked for before it counts as new: kernels list what did not change in the same order. */
const horizon = 16;

/** How a table becomes what its next dump says, part by part: an audit of a large table that found little takes short lines. */
export class RowEdit {
  readonly #before: readonly unknown[];
  #at = 0;

  constructor(before: readonly unknown[]) {
    this.#before = before;
  }

  /** The next rows of the dump, as changes of those that came at this place before. */
  next(rows: readonly unknown[]): RowChange[] {
    const out: RowChange[] = [];
    for (const row of rows) {
      const ahead = distanceTo(row, this.#before, this.#at);
      const last = out.at(-1);
      if (ahead < 0) {
        if (last?.[0] === "put") (last[1] as unknown[]).push(row);
        else out.push(["put", [row]]);
        continue;
      }
      if (ahead > 0) out.push(["drop", ahead]);
      if (ahead === 0 && last?.[0] === "keep") out[out.length - 1] = ["keep", last[1] + 1];
      else out.push(["keep", 1]);
      this.#at += ahead + 1;
    }
    return out;
  }

  /** Nothing comes any more. */
  end(): RowChange[] {
    const left = this.#before.length - this.#at;
    return left > 0 ? [["drop", left]] : [];
  }
}

/** How `before` becomes `after`. */
export function rowChanges(before: readonly unknown[], after: readonly unknown[]): RowChange[] {
  const edit = new RowEdit(before);
  return [...edit.next(after), ...edit.end()];
}

/** Makes rows out of the changes of {@link RowEdit}. */
export class RowReader {
  readonly #before: readonly unknown[];
  #at = 0;

  constructor(before: readonly unknown[]) {
    this.#before = before;
  }

  /** @throws RangeError when they are no changes of those rows */
  next(changes: readonly RowChange[]): unknown[] {
    const out: unknown[] = [];
    for (const [verb, what] of changes) {
      if (verb === "put") {
        for (const row of what) out.push(row);
        continue;
      }
      const end = this.#at + what;
      if (end > this.#before.length) throw new RangeError("changes of rows that are not there");
      if (verb === "keep") for (let i = this.#at; i < end; i++) out.push(this.#before[i]);
      this.#at = end;
    }
    return out;
  }
}

function distanceTo(row: unknown, rows: readonly unknown[], from: number): number {
  const end = Math.min(rows.length, from + horizon);
  for (let i = from; i < end; i++) if (sameRow(row, rows[i])) return i - from;
  return -1;
}

/** Deep equality of what a line of JSON keeps. */
function sameRow(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const key in right) if (!isLeftOut(key) && !sameRow(left[key], right[key])) return false;
  for (const key in left) if (!isLeftOut(key) && left[key] !== undefined && right[key] === undefined) return false;
  return true;
}

/** Netlink attributes that nobody here reads: octets of drivers, most of a device's message. */
export function isLeftOut(key: string): boolean {
  return key === "unknown" || key === "data";
}
