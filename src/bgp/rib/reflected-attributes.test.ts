// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { exportAttributes } from "./export-attributes.ts";
import { ReflectedAttributes } from "./reflected-attributes.ts";

const self = { asn: 65000, routerId: 0x0a000001, clusterId: 0xc0000201 };

const known = [
  [0x40, 1, 1, 0],
  [0x40, 2, 0],
  [0x40, 2, 6, 2, 1, 0, 0, 0xfd, 0xe9],
  [0x40, 3, 4, 10, 0, 0, 1],
  [0x80, 4, 4, 0, 0, 0, 7],
  [0x40, 5, 4, 0, 0, 0, 200],
  [0xc0, 8, 4, 0xff, 0xff, 0, 1],
  [0x80, 9, 4, 10, 0, 0, 9],
  [0x80, 10, 4, 10, 0, 0, 2],
  [0xc0, 16, 16, 0, 2, 0xfd, 0xe8, 0, 0, 0, 100, 3, 12, 0, 0, 0, 0, 0, 8],
  [0xd0, 16, 0, 80, ...Array.from({ length: 80 }, (_, i) => i)],
  [0xc0, 250, 2, 1, 2],
  [0x80, 251, 1, 1],
];

test("it says octet for octet what the general export says", () => {
  const reflected = new ReflectedAttributes(self);
  const set = fc.uniqueArray(fc.constantFrom(...known), { selector: (a) => a[1]! });
  const usual = set.map((list) => [...list, known[5]!].filter((a, i, all) => all.findIndex((b) => b[1] === a[1]) === i));
  const ordered = usual.map((list) => list.toSorted((a, b) => a[1]! - b[1]!));
  const form = fc.record({ ebgp: fc.boolean(), fourOctetAs: fc.boolean() });
  const stored = fc.record({
    role: fc.constantFrom("client" as const, "non-client" as const, "ebgp" as const, "local" as const),
    localPref: fc.constantFrom(100, 200),
    originator: fc.constantFrom(0x0a000009, 0xff000001),
  });
  fc.assert(
    fc.property(fc.oneof(set, usual, ordered), form, stored, (list, how, what) => {
      const octets = Uint8Array.from([4, 10, 0, 0, 7, ...list.flat()]);
      const facts = { ...what, ebgp: what.role === "ebgp", local: what.role === "local", hasOriginator: list.some((a) => a[1] === 9) };
      const length = reflected.write(octets, facts, how);
      assert.deepEqual(reflected.bytes.slice(0, length), exportAttributes(octets, facts, how, self));
    }),
    { numRuns: 2000 },
  );
});
