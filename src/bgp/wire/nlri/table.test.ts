// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex, toHex } from "../../../base/bytes/hex.ts";
import { Writer } from "../../../base/bytes/writer.ts";
import type { Family } from "../family.ts";
import { Malformed, NotEncodable } from "../errors.ts";
import { knownFamily, routeOf, routesOf } from "../testing/arbitrary-nlri.ts";
import type { Ip } from "../../../base/net/ip.ts";
import type { Rd } from "../../../base/net/rd.ts";
import { isBottomOfStack, labelFieldOfMpls, mplsLabelOf } from "./label.ts";
import { decodeNlriField, encodeNlriField } from "./field.ts";
import { encodeNlri, formatNlri, nlriCodec, nlriKey, nlriTable } from "./table.ts";

const context = { fourOctetAs: true, peer: "unknown" } as const;

test("any sound route survives octets and back, in every family", () => {
  const given = knownFamily.chain((family) => fc.tuple(fc.constant(family), routeOf[family]!));
  fc.assert(
    fc.property(given, ([family, route]) => {
      const bytes = encodeNlri(family, route);
      const codec = nlriCodec(family)!;
      assert.equal(codec.length(bytes, 0, bytes.length), bytes.length);
      assert.deepEqual(codec.decode(bytes, 0, bytes.length), route);
      assert.equal(typeof formatNlri(family, route), "string");
    }),
    { numRuns: 400 },
  );
});

test("fields of routes, with path identifiers and without", () => {
  const given = fc
    .tuple(knownFamily, fc.boolean())
    .chain(([family, withPathId]) => fc.tuple(fc.constant(family), fc.constant(withPathId), routesOf(family, withPathId)));
  fc.assert(
    fc.property(given, ([family, withPathId, routes]) => {
      const own = withPathId ? { ...context, addPath: new Set([family]) } : context;
      const w = new Writer();
      encodeNlriField(routes, family, own, w);
      const bytes = w.finish();
      assert.deepEqual(decodeNlriField(bytes, 0, bytes.length, family, own), routes);
    }),
  );
});

test("any octets are a route that reencodes to them, or a reason", () => {
  fc.assert(
    fc.property(knownFamily, fc.uint8Array({ maxLength: 70 }), (family, bytes) => {
      const codec = nlriCodec(family)!;
      const length = codec.length(bytes, 0, bytes.length);
      if (typeof length === "string") return;
      assert.ok(length > 0 && length <= bytes.length);
      const w = new Writer();
      codec.encode(codec.decode(bytes, 0, length), w);
      assert.equal(toHex(w.finish()), toHex(bytes.subarray(0, length)));
      assert.match(codec.key(bytes, 0, length), /^([0-9a-f]{2})+$/);
    }),
    { numRuns: 2000 },
  );
});

/** Hand-made from the drawings of RFC 4271 §4.3, RFC 4364 §4.3.4, RFC 8277 §2, RFC 4684 §4. */
const fixtures: readonly { family: Family; hex: string; text: string; key: string }[] = [
  { family: "ipv4-unicast", hex: "180a0102", text: "10.1.2.0/24", key: "180a0102" },
  { family: "ipv4-unicast", hex: "00", text: "0.0.0.0/0", key: "00" },
  { family: "ipv6-unicast", hex: "4020010db800010002", text: "2001:db8:1:2::/64", key: "4020010db800010002" },
  {
    family: "vpnv4",
    hex: "70 000641 0000fde800000064 0a0102",
    text: "65000:100:10.1.2.0/24",
    key: "0000fde800000064180a0102",
  },
  {
    family: "vpnv4",
    hex: "70 800000 0000fde800000064 0a0102",
    text: "65000:100:10.1.2.0/24",
    key: "0000fde800000064180a0102",
  },
  {
    family: "vpnv4",
    hex: "88 000640 000651 0001c0a800010007 0a0102",
    text: "192.168.0.1:7:10.1.2.0/24",
    key: "0001c0a800010007180a0102",
  },
  { family: "rt-constrain", hex: "00", text: "default", key: "00" },
  { family: "rt-constrain", hex: "60 0000fde8 0002fde800000064", text: "65000:65000:100/96", key: "600000fde80002fde800000064" },
  { family: "rt-constrain", hex: "20 0000fde8", text: "65000:0x/32", key: "200000fde8" },
];

test("fixtures from the RFCs", () => {
  for (const { family, hex, text, key } of fixtures) {
    const bytes = fromHex(hex)!;
    const [route, ...more] = decodeNlriField(bytes, 0, bytes.length, family, context);
    assert.equal(more.length, 0);
    assert.equal(formatNlri(family, route!), text);
    assert.deepEqual(encodeNlri(family, route!), bytes);
    assert.equal(nlriKey(family, bytes), key);
  }
});

test("keys", () => {
  const key = (family: Family, hex: string): string => nlriKey(family, fromHex(hex)!);
  const announced = key("vpnv4", "88 000640 000651 0000fde800000064 0a0102");
  assert.equal(announced, key("vpnv4", "70 800000 0000fde800000064 0a0102"), "a withdrawal has other labels");
  assert.notEqual(announced, key("vpnv4", "6f 800000 0000fde800000064 0a0102"), "a shorter prefix is another route");
  assert.notEqual(announced, key("vpnv4", "70 800000 0000fde800000065 0a0102"));
  assert.equal(key("ipv4-unicast", "170a0103"), key("ipv4-unicast", "170a0102"), "bits beyond the length are irrelevant");
  assert.notEqual(key("ipv4-unicast", "180a0103"), key("ipv4-unicast", "180a0102"));
  assert.notEqual(key("ipv4-unicast", "170a0102"), key("ipv4-unicast", "180a0102"));
});

test("unsound routes — RFC 7606 §5.3", () => {
  const bad: readonly [Family, string, RegExp][] = [
    ["ipv4-unicast", "210a01020304", /prefix length 33, must be at most 32/],
    ["ipv4-unicast", "180a01", /runs past the end by 1/],
    ["ipv4-unicast", "180a0102 18", /NLRI 2: .*runs past the end by 3/],
    ["ipv6-unicast", "81" + "00".repeat(17), /prefix length 129/],
    ["vpnv4", "70 000640 000650 000660 000670 000680 00", /runs past the end|without a bottom/],
    ["vpnv4", "58 000640 0000fde800000064", /label stack without a bottom|leave no room/],
    ["vpnv4", "50 000641 0000fde8000000", /leave no room/],
    ["vpnv4", "79 000641 0000fde800000064 0a010203ff", /prefix length 33/],
    ["rt-constrain", "10 0000", /16 bits, must be 0 or 32 to 96/],
    ["rt-constrain", "61 0000fde8 0002fde80000006400", /97 bits/],
  ];
  for (const [family, hex, reason] of bad) {
    const bytes = fromHex(hex)!;
    assert.throws(
      () => decodeNlriField(bytes, 0, bytes.length, family, context),
      (error: unknown) => error instanceof Malformed && reason.test(error.message),
      hex,
    );
  }
});

test("labels of MPLS stand above the traffic class and the bottom bit — RFC 3032 §2.1", () => {
  const route = {
    kind: "vpn",
    labels: [labelFieldOfMpls(100)],
    rd: "65000:100" as Rd,
    prefix: { ip: "10.1.2.0" as Ip, length: 24 },
  } as const;
  assert.equal(toHex(encodeNlri("vpnv4", route)), "700006410000fde8000000640a0102");
  assert.deepEqual([mplsLabelOf(0x641), isBottomOfStack(0x641), isBottomOfStack(0x640)], [100, true, false]);
});

test("a family that nobody knows is carried whole", () => {
  const bytes = fromHex("deadbeef")!;
  const routes = decodeNlriField(bytes, 0, 4, "1/133", context);
  assert.deepEqual(routes, [{ kind: "opaque-nlri", octets: bytes }]);
  assert.equal(formatNlri("1/133", routes[0]!), "0xdeadbeef");
  assert.deepEqual(encodeNlri("1/133", routes[0]!), bytes);
  assert.equal(nlriKey("1/133", bytes), "deadbeef");
});

test("a route of another family is the caller's mistake", () => {
  const wrong = { kind: "opaque-evpn", type: 9, value: new Uint8Array(0) } as const;
  for (const { family } of nlriTable) if (family !== "l2vpn-evpn") assert.throws(() => encodeNlri(family, wrong), NotEncodable);
});
