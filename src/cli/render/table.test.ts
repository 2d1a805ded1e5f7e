// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { formatDuration } from "./duration.ts";
import { type Column, numberColumn, Table } from "./table.ts";

interface Row {
  readonly name: string;
  readonly size: number | null;
}

const columns: readonly Column<Row>[] = [
  { title: "NAME", text: (r) => r.name, colour: () => "green" },
  numberColumn("SIZE", (r) => r.size),
  { title: "LAST", text: () => "x" },
];

test("columns line up, numbers at the right, over several pages", () => {
  const table = new Table(columns, false);
  assert.deepEqual(table.lines([{ name: "long name", size: 7 }]), ["NAME       SIZE  LAST", "long name     7  x"]);
  assert.deepEqual(table.lines([{ name: "b", size: null }]), ["b             -  x"]);
});

test("colours do not count for the width", () => {
  const plain = new Table(columns, false).lines([{ name: "a", size: 1 }]);
  const coloured = new Table(columns, true).lines([{ name: "a", size: 1 }]);
  assert.notDeepEqual(coloured, plain);
  assert.deepEqual(
    coloured.map((l) => stripVTControlCharacters(l)),
    plain,
  );
});

test("text from outside can neither break the line nor steer the terminal", () => {
  const [, line] = new Table(columns, false).lines([{ name: "a\nb\u{1b}[31mc\u{7}", size: 1 }]);
  assert.equal(line, "a bc      1  x");
});

test("durations", () => {
  assert.deepEqual([0, 59.9, 60, 3_599, 3_600, 86_399, 90_000, -1].map(formatDuration), [
    "0s",
    "59s",
    "1m00s",
    "59m59s",
    "1h00m",
    "23h59m",
    "1d01h",
    "0s",
  ]);
});
