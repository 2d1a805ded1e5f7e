// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { ManualClock } from "../../base/run/clock.ts";
import { MemoryJournal } from "../../base/run/journal.ts";
import { MemoryMetrics } from "../../base/run/metrics.ts";
import { ServerFolder } from "./dnsmasq-process.ts";
import { Server } from "./server.ts";

/** A server whose process has ended, and whose files cannot be taken away for this reason. */
function withFault(fault: Error): { readonly server: Server; readonly journal: MemoryJournal } {
  const home = mkdtempSync(path.join(tmpdir(), "weft-dhcp-"));
  const folder = new ServerFolder(path.join(home, "shop"));
  folder.running = () => ({ identity: { pid: 2 ** 22 + 1, startTime: "1" }, digest: "", namespace: "" }) as never;
  folder.forget = () => {
    rmSync(home, { recursive: true });
    throw fault;
  };
  const journal = new MemoryJournal();
  const server = new Server({
    domain: "shop",
    folder,
    clock: new ManualClock(),
    journal,
    metrics: new MemoryMetrics(),
    onChange: () => undefined,
  });
  return { server, journal };
}

test("a file system that refuses is the misfortune of its domain, told once", () => {
  const { server, journal } = withFault(Object.assign(new Error("EROFS: read-only file system"), { syscall: "rmdir" }));
  assert.equal(server.step(), false);
  assert.match(server.problem ?? "", /EROFS/);
  assert.equal(journal.events.filter((e) => JSON.stringify(e).includes("EROFS")).length, 1);
});

test("a fault of ours is not", () => {
  assert.throws(() => withFault(new TypeError("not a function")).server.step(), TypeError);
});
