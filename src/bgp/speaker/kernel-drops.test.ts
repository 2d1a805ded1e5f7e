// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "../../base/run/clock.ts";
import { MemoryJournal } from "../../base/run/journal.ts";
import { MemoryMetrics } from "../../base/run/metrics.ts";
import { DropWatch } from "./drop-watch.ts";
import { type KernelDrops, kernelDrops, parseNetstat } from "./kernel-drops.ts";
import { speakerConfig } from "./testing/speakers.ts";

const none: KernelDrops = { "md5-missing": 0, "md5-unexpected": 0, "md5-wrong": 0, "ttl-too-low": 0 };

test("counters are found by their names, whatever else a kernel counts", () => {
  const text = "TcpExt: SyncookiesSent TCPMD5NotFound TCPMD5Failure TCPMinTTLDrop\nTcpExt: 1 2 3 4\nIpExt: InMcastPkts\nIpExt: 9\n";
  assert.deepEqual(parseNetstat(text), { ...none, "md5-missing": 2, "md5-wrong": 3, "ttl-too-low": 4 });
  assert.deepEqual(parseNetstat(""), none);
});

test("this kernel has them", () => {
  for (const n of Object.values(kernelDrops(undefined)!)) assert.ok(n >= 0);
  assert.equal(kernelDrops("/run/netns/no-such-namespace"), undefined);
});

test("what rises is told, once for each rise; what was there before is not", () => {
  const journal = new MemoryJournal();
  const config = speakerConfig("127.0.0.1", 0);
  const watch = new DropWatch({ clock: new ManualClock(), journal, metrics: new MemoryMetrics(), config: () => config });
  watch.saw({ ...none, "md5-wrong": 5 });
  watch.saw({ ...none, "md5-wrong": 5 });
  assert.equal(journal.events.length, 0);
  watch.saw({ ...none, "md5-wrong": 7, "ttl-too-low": 1 });
  watch.saw({ ...none, "md5-wrong": 7, "ttl-too-low": 1 });
  assert.deepEqual(
    journal.events.map((e) => e.message),
    ["the kernel dropped 2 TCP segments: md5-wrong", "the kernel dropped 1 TCP segments: ttl-too-low"],
  );
});
