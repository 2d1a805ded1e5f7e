// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { editDistance, suggest } from "./suggest.ts";

test("what was probably meant", () => {
  const keys = ["routerId", "listen", "peers", "dynamicPeers", "port", "l2vpn-evpn"];
  assert.equal(suggest("router-id", keys), "routerId");
  assert.equal(suggest("prot", keys), "port");
  assert.equal(suggest("lisetn", keys), "listen");
  assert.equal(suggest("evpn", keys), "l2vpn-evpn");
  assert.equal(suggest("colour", keys), undefined);
  assert.equal(suggest("x", keys), undefined);
  assert.equal(suggest("a", []), undefined);
});

test("the distance is symmetric, zero only for equals, and never more than the longer word", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (a, b) => {
      const d = editDistance(a, b);
      assert.equal(d, editDistance(b, a));
      assert.equal(d === 0, a === b);
      assert.ok(d <= Math.max(a.length, b.length));
    }),
  );
});
