// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isMulticastMac, macFromBytes, macToBytes, parseMac } from "./mac.ts";

test("six octets survive text and back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (b) => {
      const mac = macFromBytes(b);
      assert.deepEqual([...macToBytes(mac)], [...b]);
      assert.equal(parseMac(mac.toUpperCase()), mac);
      assert.equal(isMulticastMac(mac), (b[0]! & 1) === 1);
    }),
  );
});

test("the usual spellings", () => {
  assert.equal(parseMac("02-00-00-00-01-0A"), "02:00:00:00:01:0a");
  assert.equal(parseMac("0200.0000.010a"), "02:00:00:00:01:0a");
  for (const bad of ["02:00:00:00:01", "02:00:00:00:01:0g", "020000000101", ""]) assert.equal(parseMac(bad), undefined, bad);
});
