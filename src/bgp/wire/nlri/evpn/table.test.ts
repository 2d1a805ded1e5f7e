// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex, toHex } from "../../../../base/bytes/hex.ts";
import { evpnRoute, octets } from "../../testing/arbitrary-nlri.ts";
import { nlriKey } from "../table.ts";
import { esiFromBytes, esiToBytes, parseEsi, zeroEsi } from "./esi.ts";
import type { EvpnRoute } from "./route.ts";
import { decodeEvpn, encodeEvpn, evpnKeyRange, evpnLength, evpnType, evpnTypeName, formatEvpn } from "./table.ts";

interface Fixture {
  readonly what: string;
  readonly hex: string;
  readonly name: string;
  readonly text: string;
  readonly value: object;
  /** Type octet and key. */
  readonly key: string;
}

/** Hand-made from the drawings of RFC 7432 §7.1–7.4 and RFC 9136 §3.1. */
const fixtures: readonly Fixture[] = [
  {
    what: "per-EVI auto-discovery",
    hex: "01 19 00010a0000010064 00112233445566778899 00000005 000064",
    name: "ethernet-ad",
    text: "[1]:[5]:[00:11:22:33:44:55:66:77:88:99]",
    value: { kind: "ethernet-ad", rd: "10.0.0.1:100", esi: "00:11:22:33:44:55:66:77:88:99", tag: 5, label: 100 },
    key: "01 00010a0000010064 00112233445566778899 00000005",
  },
  {
    what: "MAC",
    hex: "02 21 00010a0000010064 00000000000000000000 00000000 30 020000000102 00 000064",
    name: "mac-ip",
    text: "[2]:[0]:[48]:[02:00:00:00:01:02]",
    value: { kind: "mac-ip", rd: "10.0.0.1:100", esi: zeroEsi, tag: 0, mac: "02:00:00:00:01:02", ip: undefined, label: 100 },
    key: "02 00010a0000010064 00000000 30 020000000102 00",
  },
  {
    what: "MAC and IPv4 with two labels",
    hex: "02 28 00010a0000010064 00000000000000000000 00000000 30 020000000102 20 c0a80102 000064 001389",
    name: "mac-ip",
    text: "[2]:[0]:[48]:[02:00:00:00:01:02]:[32]:[192.168.1.2]",
    value: {
      kind: "mac-ip",
      rd: "10.0.0.1:100",
      esi: zeroEsi,
      tag: 0,
      mac: "02:00:00:00:01:02",
      ip: "192.168.1.2",
      label: 100,
      label2: 5001,
    },
    key: "02 00010a0000010064 00000000 30 020000000102 20 c0a80102",
  },
  {
    what: "MAC and IPv6",
    hex: "02 31 0000fde800000064 00000000000000000000 00000000 30 020000000102 80 20010db8000000000000000000000002 000064",
    name: "mac-ip",
    text: "[2]:[0]:[48]:[02:00:00:00:01:02]:[128]:[2001:db8::2]",
    value: { kind: "mac-ip", rd: "65000:100", esi: zeroEsi, tag: 0, mac: "02:00:00:00:01:02", ip: "2001:db8::2", label: 100 },
    key: "02 0000fde800000064 00000000 30 020000000102 80 20010db8000000000000000000000002",
  },
  {
    what: "inclusive multicast",
    hex: "03 11 00010a0000010064 00000000 20 0a000001",
    name: "inclusive-multicast",
    text: "[3]:[0]:[32]:[10.0.0.1]",
    value: { kind: "inclusive-multicast", rd: "10.0.0.1:100", tag: 0, originator: "10.0.0.1" },
    key: "03 00010a0000010064 00000000 20 0a000001",
  },
  {
    what: "Ethernet segment",
    hex: "04 17 00010a0000010000 00112233445566778899 20 0a000001",
    name: "ethernet-segment",
    text: "[4]:[00:11:22:33:44:55:66:77:88:99]:[32]:[10.0.0.1]",
    value: { kind: "ethernet-segment", rd: "10.0.0.1:0", esi: "00:11:22:33:44:55:66:77:88:99", originator: "10.0.0.1" },
    key: "04 00010a0000010000 00112233445566778899 20 0a000001",
  },
  {
    what: "IPv4 prefix",
    hex: "05 22 00010a0000011389 00000000000000000000 00000000 18 0a320000 00000000 001389",
    name: "ip-prefix",
    text: "[5]:[0]:[24]:[10.50.0.0]",
    value: {
      kind: "ip-prefix",
      rd: "10.0.0.1:5001",
      esi: zeroEsi,
      tag: 0,
      prefix: { ip: "10.50.0.0", length: 24 },
      gateway: "0.0.0.0",
      label: 5001,
    },
    key: "05 00010a0000011389 00000000 18 0a320000",
  },
  {
    what: "IPv6 prefix",
    hex: "05 3a 00010a0000011389 00000000000000000000 00000000 40 20010db8000000000000000000000000 00000000000000000000000000000000 001389",
    name: "ip-prefix",
    text: "[5]:[0]:[64]:[2001:db8::]",
    value: {
      kind: "ip-prefix",
      rd: "10.0.0.1:5001",
      esi: zeroEsi,
      tag: 0,
      prefix: { ip: "2001:db8::", length: 64 },
      gateway: "::",
      label: 5001,
    },
    key: "05 00010a0000011389 00000000 40 20010db8000000000000000000000000",
  },
  {
    what: "selective multicast, carried unread",
    hex: "06 04 deadbeef",
    name: "selective-multicast",
    text: "[6]:[deadbeef]",
    value: { kind: "opaque-evpn", type: 6, value: Uint8Array.of(0xde, 0xad, 0xbe, 0xef) },
    key: "06 04 deadbeef",
  },
];

for (const { what, hex, name, text, value, key } of fixtures) {
  test(`type ${Number(hex.slice(0, 2))}: ${what}`, () => {
    const bytes = fromHex(hex)!;
    assert.equal(evpnLength(bytes, 0, bytes.length), bytes.length);
    const route = decodeEvpn(bytes);
    assert.deepEqual(route, value);
    assert.equal(toHex(encodeEvpn(route)), toHex(bytes));
    assert.equal(formatEvpn(route), text);
    assert.equal(evpnTypeName(evpnType(route)), name);
    assert.equal(nlriKey("l2vpn-evpn", bytes), toHex(fromHex(key)!));
  });
}

/** Other values for what is not key. */
function disguised(route: EvpnRoute): EvpnRoute {
  const esi = "03:01:02:03:04:05:06:07:08:09" as typeof zeroEsi;
  switch (route.kind) {
    case "ethernet-ad":
      return { ...route, label: route.label ^ 1 };
    case "mac-ip":
      return { ...route, esi, label: route.label ^ 1, label2: 7 };
    case "ip-prefix":
      return { ...route, esi, gateway: route.prefix.ip, label: route.label ^ 1 };
    default:
      return route;
  }
}

test("the key leaves out ESI of types 2 and 5, gateway and labels, and nothing else — RFC 7432 §7, RFC 9136 §3.1", () => {
  const keyOf = (route: EvpnRoute): string => nlriKey("l2vpn-evpn", encodeEvpn(route));
  fc.assert(
    fc.property(evpnRoute, (route) => {
      assert.equal(keyOf(route), keyOf(disguised(route)));
      if ("tag" in route) assert.notEqual(keyOf(route), keyOf({ ...route, tag: route.tag ^ 1 }));
    }),
  );
});

test("key ranges are told in the buffer's own offsets", () => {
  const nlri = fromHex(fixtures[2]!.hex)!;
  const shifted = new Uint8Array([9, 9, 9, ...nlri]);
  const ranges = evpnKeyRange(nlri, 0, nlri.length);
  assert.deepEqual(
    evpnKeyRange(shifted, 3, shifted.length),
    ranges.map(([from, to]) => [from + 3, to + 3]),
  );
});

test("unsound routes", () => {
  for (const [hex, reason] of [
    ["02", /cut off before its length/],
    ["02 21 00", /type 2: length 33 runs past the end by 32/],
    ["01 18" + "00".repeat(24), /type 1: length 24, must be 25/],
    ["02 05 0000000000", /type 2: length 5, must be at least 33/],
    ["02 21" + "00".repeat(22) + "2f" + "00".repeat(10), /MAC length 47 bits, must be 48/],
    ["02 21" + "00".repeat(22) + "30" + "00".repeat(6) + "21" + "00".repeat(3), /IP length 33 bits/],
    ["02 21" + "00".repeat(22) + "30" + "00".repeat(6) + "20" + "00".repeat(3), /length 33 with an IP of 32 bits, must be 37 or 40/],
    ["03 11" + "00".repeat(12) + "00" + "00".repeat(4), /type 3: IP length 0 bits/],
    ["04 18" + "00".repeat(18) + "20" + "00".repeat(5), /type 4: length 24 with an IP of 32 bits/],
    ["05 23" + "00".repeat(35), /type 5: length 35, must be 34 or 58/],
    ["05 22" + "00".repeat(22) + "21" + "00".repeat(11), /prefix length 33, must be at most 32/],
  ] as const) {
    const bytes = fromHex(hex)!;
    const found = evpnLength(bytes, 0, bytes.length);
    assert.match(String(found), reason);
    assert.equal(typeof found, "string");
  }
});

test("ESI text", () => {
  fc.assert(
    fc.property(octets(10), (b) => {
      const esi = esiFromBytes(b);
      assert.deepEqual([...esiToBytes(esi)], [...b]);
      assert.equal(parseEsi(esi.toUpperCase()), esi);
    }),
  );
  for (const bad of ["", "00:11", "00:11:22:33:44:55:66:77:88:99:aa", "0g:11:22:33:44:55:66:77:88:99"])
    assert.equal(parseEsi(bad), undefined);
});
