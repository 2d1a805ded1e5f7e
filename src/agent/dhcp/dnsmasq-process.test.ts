// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { identify } from "../../base/sys/process-identity.ts";
import { isInNamespace, ServerFolder, type ServerRecord } from "./dnsmasq-process.ts";

const own = "/proc/self/ns/net";

test("where a server is stands in its record: of a process of another user nobody else says it", () => {
  const identity = { pid: 2 ** 22 + 1, startTime: 1, bootId: "" };
  const record: ServerRecord = { identity, digest: "d", namespace: statSync(own).ino };
  assert.equal(isInNamespace(record, own), true);
  assert.equal(isInNamespace({ ...record, namespace: record.namespace + 1 }, own), false);
  assert.equal(isInNamespace(record, "/run/netns/of-nobody-at-all"), false);
});

test("a record that cannot be read is none", () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "weft-dhcp-"));
  try {
    const server = new ServerFolder(folder);
    const record: ServerRecord = { identity: identify(process.pid)!, digest: "d", namespace: 1 };
    server.write(record);
    assert.deepEqual(server.running(), record);
    for (const text of ["", "null", "{}", "{"]) {
      writeFileSync(path.join(folder, "process.json"), text);
      assert.equal(server.running(), undefined, text);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
