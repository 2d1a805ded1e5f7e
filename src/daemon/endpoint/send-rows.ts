// SPDX-License-Identifier: Apache-2.0
import { Readable } from "node:stream";
import type { Slices } from "../../base/run/slices.ts";
import type { HttpReply } from "../http-app.ts";

/** Rows sorted, or merged, before the loop may get a turn. */
const piece = 1000;
/** Rows that are answered in one piece. */
const mostAtOnce = 200;
/** Pieces that may wait for a reader that is slower than we are. */
const mostWaiting = 2;

export interface RowsWanted<T> {
  /** In any order; made while they are asked for. */
  readonly rows: Iterable<T>;
  readonly matches: (row: T) => boolean;
  readonly compare: (a: T, b: T) => number;
}

/** Answers with a JSON array of the rows that match, in order. Finding, sorting and writing them is done in slices: there may be 50,000. */
export async function sendRows<T>(
  reply: HttpReply,
  slices: Slices,
  { rows, matches, compare }: RowsWanted<T>,
): Promise<readonly T[] | Readable> {
  const found = await slices.through(collect(rows, matches));
  const sorted = await slices.through(sort(found, compare));
  if (sorted.length <= mostAtOnce) return sorted;
  reply.type = "application/json; charset=utf-8";
  return Readable.from(jsonPieces(slices, sorted), { highWaterMark: mostWaiting });
}

function* collect<T>(rows: Iterable<T>, matches: (row: T) => boolean): Generator<undefined, T[]> {
  const found: T[] = [];
  for (const row of rows) {
    if (matches(row)) found.push(row);
    yield;
  }
  return found;
}

/** Stable. Costs next to nothing for what is nearly in order, as rows are that come network by network. */
export function* sort<T>(rows: readonly T[], compare: (a: T, b: T) => number): Generator<undefined, readonly T[]> {
  let runs: (readonly T[])[] = [];
  for (let at = 0; at < rows.length; at += piece) {
    runs.push(rows.slice(at, at + piece).toSorted(compare));
    yield;
  }
  while (runs.length > 1) {
    const longer: (readonly T[])[] = [];
    for (let i = 0; i < runs.length; i += 2) longer.push(i + 1 < runs.length ? yield* merge(runs[i]!, runs[i + 1]!, compare) : runs[i]!);
    runs = longer;
  }
  return runs[0] ?? [];
}

function* merge<T>(left: readonly T[], right: readonly T[], compare: (a: T, b: T) => number): Generator<undefined, readonly T[]> {
  if (compare(left.at(-1)!, right[0]!) <= 0) {
    yield;
    return left.concat(right);
  }
  const out: T[] = [];
  let [l, r] = [0, 0];
  while (l < left.length && r < right.length) {
    out.push(compare(left[l]!, right[r]!) <= 0 ? left[l++]! : right[r++]!);
    if (out.length % piece === 0) yield;
  }
  return out.concat(left.slice(l), right.slice(r));
}

async function* jsonPieces(slices: Slices, rows: readonly unknown[]): AsyncGenerator<string> {
  for (let at = 0; at < rows.length;) {
    const before = at === 0 ? "[" : ",";
    const texts = await slices.run((goOn) => {
      const some: string[] = [];
      do some.push(JSON.stringify(rows[at++]));
      while (at < rows.length && goOn());
      return some;
    });
    yield `${before}${texts.join(",")}${at < rows.length ? "" : "]"}`;
  }
}
