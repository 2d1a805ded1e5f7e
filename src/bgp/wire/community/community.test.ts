// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { record, u32 } from "../testing/arbitrary-nlri.ts";
import { formatCommunity, llgrStale, noExport, noLlgr, parseCommunity } from "./community.ts";
import { formatLargeCommunity, parseLargeCommunity } from "./large-community.ts";

test("any community survives text and back", () => {
  fc.assert(
    fc.property(fc.oneof(u32, fc.integer({ min: 0xffff0000, max: 0xffffffff })), (c) => {
      assert.equal(parseCommunity(formatCommunity(c)), c);
    }),
  );
});

test("well-known communities by name", () => {
  assert.equal(formatCommunity(noExport), "no-export");
  assert.equal(formatCommunity(llgrStale), "llgr-stale");
  assert.equal(formatCommunity(noLlgr), "no-llgr");
  assert.equal(parseCommunity("NO-EXPORT"), noExport);
  assert.equal(formatCommunity(0xfde80001), "65000:1");
  for (const bad of ["65536:1", "1:65536", "1", "no-such", ""]) assert.equal(parseCommunity(bad), undefined, bad);
});

test("large communities — RFC 8092 §5", () => {
  fc.assert(
    fc.property(record({ administrator: u32, data1: u32, data2: u32 }), (c) => {
      assert.deepEqual(parseLargeCommunity(formatLargeCommunity(c)), c);
    }),
  );
  for (const bad of ["1:2", "1:2:3:4", "4294967296:0:0", "01:2:3", "a:b:c"]) assert.equal(parseLargeCommunity(bad), undefined, bad);
});
