// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Ip } from "../../../base/net/ip.ts";
import { checkAttributes } from "../../wire/attribute/decode.ts";
import { attributesOf } from "../testing/path-spec.ts";
import { plainPath } from "../testing/rib-rig.ts";
import { compileEdit } from "./edit.ts";
import type { RuleSet } from "./model.ts";

/** `[next hop length | next hop | attributes]`. */
function stored(more: Partial<typeof plainPath> = {}): Uint8Array {
  return Uint8Array.from([4, 10, 9, 9, 1, ...attributesOf({ ...plainPath, ...more }, 4, true)]);
}
const hex = (b: Uint8Array): string => Buffer.from(b).toString("hex");
const edited = (set: RuleSet, more: Partial<typeof plainPath> = {}): string => hex(compileEdit(set).apply(stored(more)));

test("values that are there change in their place, others come in theirs", () => {
  const before = hex(stored());
  assert.equal(edited({ localPref: 300 }), before.replace("40050400000064", "4005040000012c"));
  assert.equal(edited({ med: 5 }), before.replace("400504", "80040400000005400504"));
  assert.equal(edited({ med: "none" }, { med: 9 }), before);
  assert.equal(edited({ nextHop: "fd00::1" as Ip }), `10fd00${"00".repeat(13)}01${before.slice(10)}`);
});

test("what changes nothing gives back the same octets", () => {
  const octets = stored({ communities: [0xfde80001] });
  for (const set of [
    { localPref: 100 },
    { community: { add: ["65000:1"] } },
    { community: { remove: ["1:*"] } },
    { nextHop: "10.9.9.1" as Ip },
  ])
    assert.equal(compileEdit(set).apply(octets), octets);
});

test("communities: replace, then remove, then add; an empty list goes", () => {
  const of = (set: RuleSet): string => edited(set, { communities: [0xfde80001, 0xfde90002] });
  assert.match(of({ community: { remove: ["65000:*"], add: ["1:1"] } }), /c00808fde9000200010001/);
  assert.match(of({ community: { replace: ["1:1"] } }), /c0080400010001/);
  assert.doesNotMatch(of({ community: { remove: ["*:*"] } }), /c008/);
  assert.match(of({ largeCommunity: { add: ["1:2:3"] } }), /c0200c000000010000000200000003/);
});

test("route targets change beside other extended communities", () => {
  const of = (routeTarget: RuleSet["routeTarget"]): string => edited({ routeTarget: routeTarget! }, { sequence: 7 });
  assert.match(of({ replace: ["1:1"] }), /c0101006000000000000070002000100000001/);
  assert.match(of({ rewrite: [{ from: "65000:*", to: "65001:*" }] }), /c010100002fde9000000010600000000000007/);
  assert.match(of({ rewrite: [{ from: "*:1", to: "10.0.0.1:5" }] }), /c0101001020a00000100050600/);
  assert.match(of({ rewrite: [{ from: "*:1", to: "4200000000:*" }] }), /c010100202fa56ea0000010600/);
  assert.match(edited({ extendedCommunity: { remove: ["mac-mobility"] } }, { sequence: 7 }), /c010080002fde800000001/);
});

test("a number without room in the new form leaves the target as it is", () => {
  const octets = Uint8Array.from([4, 10, 9, 9, 1, 0xc0, 16, 8, 0, 2, 0xfd, 0xe8, 0, 2, 0, 0]);
  assert.equal(compileEdit({ routeTarget: { rewrite: [{ from: "65000:*", to: "4200000000:*" }] } }).apply(octets), octets);
});

test("whatever is set, the attributes stay sound and in order", () => {
  const set: fc.Arbitrary<RuleSet> = fc.record(
    {
      localPref: fc.nat(0xffffffff),
      med: fc.oneof(fc.nat(0xffffffff), fc.constant("none" as const)),
      community: fc.record(
        {
          add: fc.array(
            fc.nat(65_535).map((n) => `1:${n}`),
            { maxLength: 80 },
          ),
          remove: fc.constant(["65000:*"]),
        },
        { requiredKeys: [] },
      ),
      routeTarget: fc.record({
        add: fc.array(
          fc.nat(65_535).map((n) => `1:${n}`),
          { maxLength: 40 },
        ),
      }),
      largeCommunity: fc.record({ replace: fc.array(fc.nat(9).map((n) => `1:${n}:2`)) }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(set, fc.boolean(), (s, unknown) => {
      const octets = compileEdit(s).apply(stored({ communities: [0xfde80001], unknownTransitive: unknown }));
      const attributes = octets.slice(1 + octets[0]!);
      assert.deepEqual(checkAttributes(attributes, { fourOctetAs: true, peer: "ibgp", reach: "mp" }), []);
      assert.equal(compileEdit(s).apply(octets), octets, "a second time changes nothing");
    }),
  );
});
