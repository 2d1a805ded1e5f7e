// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { ipFromBytes, ipToBytes } from "../../../base/net/ip.ts";
import { assignLinks, indexOfInside, linkPlan } from "./link-index.ts";
import { compensation } from "./quoted-address.ts";

const ip4 = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((b) => ipFromBytes(b));

/** RFC 1071, over an even number of octets. */
function sum(octets: Uint8Array): number {
  let total = 0;
  for (let i = 0; i < octets.length; i += 2) total += (octets[i]! << 8) | octets[i + 1]!;
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}

test("a quoted address and its compensation leave the checksum of an ICMP error as it was", () => {
  fc.assert(
    fc.property(ip4, ip4, (from, to) => {
      const before = Uint8Array.of(3, 4, 0, 0, ...ipToBytes(from));
      const word = compensation(from, to);
      const after = Uint8Array.of(3, 4, word >> 8, word & 255, ...ipToBytes(to));
      // 0 and 0xffff are one number in this arithmetic.
      assert.equal(sum(before) % 0xffff, sum(after) % 0xffff);
    }),
  );
});

test("links keep their numbers, never share one, and stay clear of the metadata address", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { maxLength: 40 }), fc.nat(39), (names, more) => {
      const first = assignLinks(names.slice(more), new Map());
      const all = assignLinks(names, first);
      for (const [name, index] of first) assert.equal(all.get(name), index);
      assert.equal(new Set(all.values()).size, names.length);
      for (const index of all.values()) {
        const { hostAddress, insideAddress, inside, host } = linkPlan(index);
        assert.notEqual(hostAddress.split(".").slice(0, 3).join("."), "169.254.0");
        assert.notEqual(hostAddress, "169.254.169.253");
        assert.notEqual(insideAddress, "169.254.169.254");
        assert.equal(indexOfInside(inside), index);
        assert.ok(host.length <= 15);
      }
    }),
  );
});
