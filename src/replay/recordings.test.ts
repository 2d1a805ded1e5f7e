// SPDX-License-Identifier: Apache-2.0
/** Recordings of real agents and reflectors (test/replay/record.live.test.ts): what they decided is decided still. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { MemoryJournal } from "../base/run/journal.ts";
import { readRecording } from "../record/read-recording.ts";
import { replay } from "./replay.ts";

const folder = path.resolve(import.meta.dirname, "../../test/replay/recordings");

/** Inputs and events without which a recording would not be of what its name says. */
const contents: Readonly<Record<string, readonly string[]>> = {
  "agent-adopts": ["agent.converged", "timer"],
  "agent-drifts": ["kernel.repaired", "kernel.conflict", "dumped", "agent.converged"],
  "agent-loses-reflector": ["peer-down", "sweep-stale", "evpn.mac-moved"],
  "agent-moves-and-repairs": ["config", "clear-duplicates", "evpn.duplicate-detected", "kernel.repaired"],
  "reflector-hears-nonsense": ["update", "peer-down"],
  "reflector-restarts": ["peer-up", "update"],
};

test("every recording has its contents named here", () => {
  assert.deepEqual(
    readdirSync(folder).toSorted(),
    Object.keys(contents).map((name) => `${name}.jsonl.gz`),
  );
});

for (const [name, wanted] of Object.entries(contents)) {
  test(`${name}: the same decisions`, async () => {
    const journal = new MemoryJournal();
    const happened = new Set<string>();
    const recording = readRecording(path.join(folder, `${name}.jsonl.gz`));
    const { difference, decisions } = await replay(recording, { journal, onInput: (input) => void happened.add(input.in) });
    assert.equal(difference, undefined, `${JSON.stringify(difference, null, 2)}\nIf that is wanted, record anew: test/replay/README.md`);
    assert.equal(
      decisions,
      recording.lines.reduce((n, l) => n + (!("out" in l) ? 0 : l.out === "sent" ? 1 : l.do.length), 0),
    );
    for (const { event } of journal.events) happened.add(event);
    for (const one of wanted) assert.ok(happened.has(one), `${one} is not among ${[...happened].join(", ")}`);
  });
}
