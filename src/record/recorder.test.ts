// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ManualClock } from "../base/run/clock.ts";
import { MemoryJournal } from "../base/run/journal.ts";
import type { AgentConfig } from "../contract/config/load.ts";
import { NetlinkError } from "../netlink/errors.ts";
import { parseRecording } from "./read-recording.ts";
import { Recorder } from "./recorder.ts";
import { RecordFile } from "./record-file.ts";

const folder = mkdtempSync(path.join(tmpdir(), "weft-recorder-"));
after(() => rmSync(folder, { recursive: true }));
const config = { bgp: { peers: [{ address: "10.0.0.4", password: "s3cret" }] } };

function recorder(name: string, limit?: number): { readonly r: Recorder; readonly file: string; readonly journal: MemoryJournal } {
  const file = path.join(folder, name);
  const journal = new MemoryJournal();
  const options = { path: file, clock: new ManualClock(), journal, version: "1", ...(limit === undefined ? {} : { limit }) };
  return { r: new Recorder(options, { component: "agent", config }), file, journal };
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await pause(5);
}

test("no password is in a recording, not of the first configuration and not of a later one", () => {
  const { r, file } = recorder("secrets.jsonl");
  r.input({ in: "config", config: config as unknown as AgentConfig });
  r.end("done");
  const text = readFileSync(file, "utf8");
  assert.ok(!text.includes("s3cret"));
  assert.equal(text.match(/10\.0\.0\.4/g)?.length, 2);
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test("requests, failures and answers are kept; attributes that nobody reads are not", () => {
  const { r, file } = recorder("lines.jsonl");
  const refused = new NetlinkError("bridge fdb add", { errno: 28, errnoName: "ENOSPC", kernelMessage: "no room" });
  assert.equal(
    r.kernel(2, () => ["one", "two"]),
    0,
  );
  r.executed(0, [undefined, refused]);
  assert.equal(
    r.kernel(1, () => ["three"]),
    2,
  );
  r.rows("dump link {}", [{ name: "eth0", unknown: [{ type: 1, bytes: new Uint8Array(9) }] }]);
  r.refusal("dump fdb {}", refused);
  r.end("done");
  assert.deepEqual(
    parseRecording(readFileSync(file, "utf8"), file).lines.map((line) => ({ ...line, t: 0 })),
    [
      { t: 0, out: "kernel", do: ["one", "two"] },
      {
        t: 0,
        in: "executed",
        upTo: 2,
        failed: [[1, { kind: "netlink", operation: "bridge fdb add", errno: 28, errnoName: "ENOSPC", text: "no room" }]],
      },
      { t: 0, out: "kernel", do: ["three"] },
      { t: 0, ask: "dump link {}", rows: [{ name: "eth0" }] },
      {
        t: 0,
        ask: "dump fdb {}",
        failed: { kind: "netlink", operation: "bridge fdb add", errno: 28, errnoName: "ENOSPC", text: "no room" },
      },
      { t: 0, in: "end", why: "done" },
    ],
  );
});

test("lines are written without being asked for, and dumps that hardly change take little", async () => {
  const { r, file } = recorder("later.jsonl");
  const rows = Array.from({ length: 3000 }, (_, n) => ({ mac: n, dst: "10.0.0.2" }));
  r.rows("dump fdb {}", rows);
  const big = (): number => statSync(file).size;
  await until(() => big() > 80_000);
  const before = big();
  r.rows("dump fdb {}", [...rows.slice(0, 5), ...rows.slice(6)]);
  r.end("done");
  assert.ok(big() - before < 300, String(big() - before));
  assert.deepEqual(
    parseRecording(readFileSync(file, "utf8"), file).lines.map((l) => ("rows" in l ? l.rows.length : 0)),
    [3000, 2999, 0],
  );
});

test("at its limit a recording ends, whole, and says so once", async () => {
  const { r, file, journal } = recorder("limit.jsonl", 20_000);
  for (let n = 0; n < 500; n++) r.input({ in: "sweep-stale", peer: "x".repeat(100) });
  await until(() => journal.events.length === 2);
  for (let n = 0; n < 100; n++) r.input({ in: "flush" });
  r.end("done");
  assert.match(journal.events[1]!.message, /limit\.jsonl ends after \d+ lines: its limit of 20000 octets is reached/);
  const { lines, brokenOff } = parseRecording(readFileSync(file, "utf8"), file);
  assert.ok(lines.length >= 100 && brokenOff);
  assert.equal(journal.events.length, 2);
});

test("a file that is there is kept beside the new one, so are four before it", () => {
  const file = path.join(folder, "again.jsonl");
  for (let n = 0; n < 7; n++) {
    const one = new RecordFile({ path: file, limit: 1e9, backlog: 1e9, onEnd: assert.fail });
    one.add({ text: () => String(n), weight: 1 });
    one.close();
  }
  const kept = ["", ".1", ".2", ".3", ".4", ".5"].map((s) => (existsSync(file + s) ? readFileSync(file + s, "utf8").trim() : "-"));
  assert.deepEqual(kept, ["6", "5", "4", "3", "2", "-"]);
});

test("too much that waits ends the recording, not the program", () => {
  const reasons: string[] = [];
  const file = new RecordFile({ path: path.join(folder, "slow.jsonl"), limit: 1e9, backlog: 100, onEnd: (why) => reasons.push(why) });
  for (let n = 0; n < 10; n++) file.add({ text: () => "x", weight: 30 });
  file.close();
  assert.deepEqual(reasons, ["it cannot be written as fast as things happen"]);
  assert.equal(readFileSync(path.join(folder, "slow.jsonl"), "utf8"), "");
});

test("a file that cannot be made is refused by its name", () => {
  writeFileSync(path.join(folder, "no-folder"), "");
  const options = { path: path.join(folder, "no-folder", "x.jsonl"), clock: new ManualClock(), journal: new MemoryJournal(), version: "1" };
  assert.throws(() => new Recorder(options, { component: "agent", config }), { code: "WEFT_RECORDING_FILE" });
  assert.throws(() => new Recorder({ ...options, path: folder }, { component: "agent", config }), /no regular file/);
});
