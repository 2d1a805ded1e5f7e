// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { parseRecording, readRecording } from "./read-recording.ts";

const header = JSON.stringify({ recording: "weft", format: 1, component: "reflector", version: "1.2.3", began: "2026-01-01", config: {} });
const flush = '{"t":1,"in":"flush"}';
const end = '{"t":2,"in":"end","why":"stopped"}';

function refused(text: string, code: string, words: RegExp): void {
  assert.throws(
    () => parseRecording(text, "r.jsonl"),
    (e: Error & { code?: string }) => e.code === code && words.test(e.message),
    text,
  );
}

test("a whole recording, one that breaks off, and one that ends within a line", () => {
  assert.equal(parseRecording(`${header}\n${flush}\n${end}\n`, "r").brokenOff, false);
  assert.deepEqual(parseRecording(`${header}\n${flush}\n`, "r"), {
    header: JSON.parse(header),
    lines: [JSON.parse(flush)],
    brokenOff: true,
  });
  assert.equal(parseRecording(`${header}\n${flush}\n{"t":2,"in":"e`, "r").lines.length, 1);
  assert.equal(parseRecording(header, "r").lines.length, 0);
});

test("what is no recording, is damaged, or has another format is refused with where and why", () => {
  refused("", "WEFT_RECORDING_MALFORMED", /r\.jsonl is no recording/);
  refused("bgp: {}\n", "WEFT_RECORDING_MALFORMED", /no recording/);
  refused("null\n", "WEFT_RECORDING_MALFORMED", /no recording/);
  refused(
    `${header.replace('"format":1', '"format":9')}\n`,
    "WEFT_RECORDING_VERSION",
    /format 9 \(by weft 1\.2\.3\); this version reads format 1/,
  );
  refused(`${header.replace("reflector", "manager")}\n`, "WEFT_RECORDING_MALFORMED", /whose recording/);
  refused(`${header}\n${flush}\n{"t":\n${end}\n`, "WEFT_RECORDING_MALFORMED", /line 3 is damaged/);
  refused(`${header}\n{"in":"flush"}\n${end}\n`, "WEFT_RECORDING_MALFORMED", /line 2 .*no time/);
  refused(`${header}\n{"t":1}\n${end}\n`, "WEFT_RECORDING_MALFORMED", /line 2 .*neither/);
  refused(`${header}\n{"t":1,"ask":"dump x {}","changed":[["keep",3]]}\n${end}\n`, "WEFT_RECORDING_MALFORMED", /line 2 .*not there/);
});

test("dumps come whole, from parts and from changes", () => {
  const ask = "dump fdb {}";
  const lines = [
    { t: 1, ask, part: [1, 2] },
    { t: 1, ask, part: [3] },
    { t: 1, ask, rows: [4] },
    {
      t: 2,
      ask,
      changed: [
        ["keep", 1],
        ["drop", 2],
        ["keep", 1],
        ["put", [5]],
      ],
    },
  ];
  const { lines: read } = parseRecording([header, ...lines.map((l) => JSON.stringify(l)), ""].join("\n"), "r");
  assert.deepEqual(read, [
    { t: 1, ask, rows: [1, 2, 3, 4] },
    { t: 2, ask, rows: [1, 4, 5] },
  ]);
});

test("parts of a dump come in full, each as it came", () => {
  const of = "dump fdb {}";
  const lines = [
    { t: 1, ask: of, rows: [1, 2, 3] },
    {
      t: 2,
      in: "dumped",
      dump: 0,
      of,
      changed: [
        ["keep", 1],
        ["put", [9]],
      ],
    },
    {
      t: 3,
      in: "dumped",
      dump: 0,
      of,
      changed: [
        ["drop", 1],
        ["keep", 1],
      ],
    },
    { t: 4, in: "dumped", dump: 0, of, changed: [], last: true },
    { t: 5, ask: of, changed: [["keep", 3]] },
  ];
  const { lines: read } = parseRecording([header, ...lines.map((l) => JSON.stringify(l)), ""].join("\n"), "r");
  const part = { in: "dumped", dump: 0, of } as const;
  assert.deepEqual(read.slice(1), [
    { t: 2, ...part, changed: [["put", [1, 9]]] },
    { t: 3, ...part, changed: [["put", [3]]] },
    { t: 4, ...part, changed: [], last: true },
    { t: 5, ask: of, rows: [1, 9, 3] },
  ]);
});

test("a compressed recording is read, also one that was cut short; a file that is not there says so", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "weft-read-"));
  const file = path.join(folder, "r.jsonl.gz");
  const packed = gzipSync(`${header}\n${Array.from({ length: 500 }, () => flush).join("\n")}\n${end}\n`);
  writeFileSync(file, packed);
  assert.equal(readRecording(file).lines.length, 501);
  writeFileSync(file, packed.subarray(0, packed.length - 12));
  assert.ok(readRecording(file).header.version === "1.2.3");
  writeFileSync(file, Buffer.concat([packed.subarray(0, 10), Buffer.alloc(40, 0xff)]));
  assert.throws(() => readRecording(file), /cannot be decompressed/);
  rmSync(folder, { recursive: true });
  assert.throws(() => readRecording(file), /cannot read .*ENOENT/);
});
