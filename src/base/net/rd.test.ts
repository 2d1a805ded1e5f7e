// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseRd, rdFromBytes, rdToBytes } from "./rd.ts";

test("any eight octets survive text and back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), fc.constantFrom(0, 1, 2, 3, 65535), (b, type) => {
      b[0] = type >> 8;
      b[1] = type & 255;
      const rd = rdFromBytes(b);
      assert.deepEqual([...rdToBytes(rd)], [...b]);
      assert.equal(parseRd(rd), rd);
    }),
  );
});

test("parts out of range are refused", () => {
  for (const bad of ["65000", "10.0.0.1:65536", "65000:4294967296", "4200000000:65536", "10.0.0:1", "x:1", ""])
    assert.equal(parseRd(bad), undefined, bad);
});
