// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex, toHex } from "../../../base/bytes/hex.ts";
import { extendedCommunityOctets } from "../testing/arbitrary-attribute.ts";
import { decodeExtendedCommunity, encodeExtendedCommunity, extendedCommunityTable, formatExtendedCommunity } from "./table.ts";

test("any eight octets survive", () => {
  fc.assert(
    fc.property(extendedCommunityOctets, (b) => {
      const c = decodeExtendedCommunity(b);
      assert.equal(toHex(encodeExtendedCommunity(c)), toHex(b));
      assert.deepEqual(decodeExtendedCommunity(encodeExtendedCommunity(c)), c);
      assert.equal(typeof formatExtendedCommunity(c), "string");
    }),
    { numRuns: 1000 },
  );
});

test("every row reads the codes that it claims, and nobody else's", () => {
  const rows = Object.entries(extendedCommunityTable);
  const codes = rows.flatMap(([, row]) => row.codes);
  assert.equal(new Set(codes).size, codes.length);
  for (const [kind, row] of rows)
    for (const code of row.codes) assert.equal(decodeExtendedCommunity(Uint8Array.of(code >> 8, code & 255, 0, 0, 0, 0, 0, 0)).kind, kind);
});

/** Hand-made from RFC 4360 §3, 5668 §2, 7432 §7, 9135 §8.1, 9012 §4, 8584 §2.2, 9047 §2 and the drafts named in the files. */
const fixtures: readonly [string, object, string][] = [
  ["0002 fde8 00000064", { kind: "route-target", target: "65000:100", transitive: true }, "RT:65000:100"],
  ["0102 0a000001 0007", { kind: "route-target", target: "10.0.0.1:7", transitive: true }, "RT:10.0.0.1:7"],
  ["0202 fa56ea00 0001", { kind: "route-target", target: "4200000000:1", transitive: true }, "RT:4200000000:1"],
  ["0202 0000fde8 0001", { kind: "route-target", target: "65000L:1", transitive: true }, "RT:65000L:1"],
  ["4002 fde8 00000064", { kind: "route-target", target: "65000:100", transitive: false }, "RT:65000:100 non-transitive"],
  ["0103 0a000001 0007", { kind: "route-origin", origin: "10.0.0.1:7", transitive: true }, "SoO:10.0.0.1:7"],
  ["030c 00000000 0008", { kind: "encapsulation", tunnelType: 8, reserved: 0 }, "ET:vxlan"],
  ["0600 01 00 00000000", { kind: "mac-mobility", sticky: true, sequence: 0, otherFlags: 0, reserved: 0 }, "MM:0, sticky MAC"],
  ["0600 00 00 00000007", { kind: "mac-mobility", sticky: false, sequence: 7, otherFlags: 0, reserved: 0 }, "MM:7"],
  ["0601 01 0000 000064", { kind: "esi-label", singleActive: true, label: 100, otherFlags: 0, reserved: 0 }, "ESI-label-Rt:SA:100"],
  ["0602 112233445566", { kind: "es-import", mac: "11:22:33:44:55:66" }, "ES-Import-Rt:11:22:33:44:55:66"],
  ["0603 02aa00000001", { kind: "router-mac", mac: "02:aa:00:00:00:01" }, "Rmac:02:aa:00:00:00:01"],
  ["030d 000000000000", { kind: "default-gateway", reserved: "000000000000" }, "Default Gateway"],
  [
    "0606 01 4000 000000",
    { kind: "df-election", algorithm: 1, capabilities: 0x4000, reservedBits: 0, reserved: 0 },
    "DF: highest-random-weight, capabilities 0x4000",
  ],
  [
    "0608 03 0000000000",
    { kind: "neighbour-flags", router: true, override: true, immutable: false, otherFlags: 0, reserved: "0000000000" },
    "ND:router,override",
  ],
  ["0317 0000 0000 0014", { kind: "group-policy-id", group: 20, scope: 0, form: "policy-id", reserved: 0 }, "group:20"],
  ["030f 0000 8000 0014", { kind: "group-policy-id", group: 20, scope: 0, form: "class-tag", reserved: 0x8000 }, "group:20"],
  ["4004 fde8 4b989680", { kind: "link-bandwidth", asn: 65000, octetsPerSecond: 20000000, transitive: false }, "LB:65000:20000000"],
  ["4004 fde8 7fc00001", { kind: "opaque-extended", octets: fromHex("4004fde87fc00001") }, "UNK:4004fde87fc00001"],
  ["030b 0000 00000064", { kind: "color", color: 100, flags: 0 }, "Color:0:100"],
  ["8006 000000000000", { kind: "opaque-extended", octets: fromHex("8006000000000000") }, "UNK:8006000000000000"],
];

test("fixtures from the RFCs", () => {
  for (const [hex, value, text] of fixtures) {
    const bytes = fromHex(hex)!;
    const c = decodeExtendedCommunity(bytes);
    assert.deepEqual(c, value);
    assert.equal(formatExtendedCommunity(c), text);
    assert.equal(toHex(encodeExtendedCommunity(c)), toHex(bytes));
  }
});
