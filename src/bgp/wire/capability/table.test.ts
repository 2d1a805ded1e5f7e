// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex, toHex } from "../../../base/bytes/hex.ts";
import { Writer } from "../../../base/bytes/writer.ts";
import { NotEncodable } from "../errors.ts";
import { capability } from "../testing/arbitrary-capability.ts";
import type { Capability } from "./capability.ts";
import { capabilityCode, capabilityName, capabilityTable, decodeCapability, encodeCapability } from "./table.ts";

function bytesOf(c: Capability): Uint8Array {
  const w = new Writer();
  encodeCapability(c, w);
  return w.finish();
}

test("any capability survives octets and back", () => {
  fc.assert(
    fc.property(capability, (c) => {
      const bytes = bytesOf(c);
      assert.equal(bytes[1], bytes.length - 2);
      assert.deepEqual(decodeCapability(bytes[0]!, bytes.subarray(2)), c);
    }),
    { numRuns: 300 },
  );
});

test("any octets under any code survive", () => {
  const code = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(...Object.values(capabilityTable).map((row) => row.code)));
  fc.assert(
    fc.property(code, fc.uint8Array({ maxLength: 40 }), (n, value) => {
      assert.equal(toHex(bytesOf(decodeCapability(n, value)).subarray(2)), toHex(value));
    }),
    { numRuns: 500 },
  );
});

/** Hand-made from RFC 4760 §8, 6793 §3, 4724 §3, 8538 §2, 9494 §3.1, 7911 §4, 8950 §4, 9234 §4.1 and the FQDN draft. */
const fixtures: readonly [string, Capability][] = [
  ["01 04 0019 00 46", { kind: "multiprotocol", family: "l2vpn-evpn" }],
  ["02 00", { kind: "route-refresh" }],
  ["46 00", { kind: "enhanced-route-refresh" }],
  ["06 00", { kind: "extended-message" }],
  ["41 04 0000fde8", { kind: "four-octet-as", asn: 65000 }],
  [
    "40 06 c078 0019 46 80",
    {
      kind: "graceful-restart",
      restarted: true,
      notification: true,
      restartTime: 120,
      families: [{ family: "l2vpn-evpn", forwarding: true }],
    },
  ],
  [
    "47 07 0019 46 80 015180",
    { kind: "long-lived-graceful-restart", families: [{ family: "l2vpn-evpn", forwarding: true, staleTime: 86400 }] },
  ],
  ["45 04 0001 01 03", { kind: "add-path", families: [{ family: "ipv4-unicast", mode: 3 }] }],
  ["05 06 0001 0001 0002", { kind: "extended-next-hop", rows: [{ afi: 1, safi: 1, nextHopAfi: 2 }] }],
  ["09 01 03", { kind: "role", role: 3 }],
  ["49 07 03 686f73 02 6c61", { kind: "fqdn", host: "hos", domain: "la" }],
];

test("fixtures from the RFCs", () => {
  for (const [hex, value] of fixtures) {
    const bytes = fromHex(hex)!;
    assert.deepEqual(decodeCapability(bytes[0]!, bytes.subarray(2)), value);
    assert.equal(toHex(bytesOf(value)), toHex(bytes));
  }
});

test("a value that its row cannot read is kept, with the reason", () => {
  for (const [code, hex, fault] of [
    [65, "0000fd", /four-octet-as: needs 4 more octets/],
    [65, "0000fde800", /four-octet-as: 1 octets too many/],
    [2, "00", /route-refresh: 1 octets too many/],
    [64, "", /graceful-restart: needs 2/],
    [71, "001946", /long-lived-graceful-restart/],
    [73, "01ff00", /fqdn: name is not UTF-8/],
  ] as const) {
    const c = decodeCapability(code, fromHex(hex)!);
    assert.equal(c.kind, "opaque-capability");
    assert.equal(capabilityCode(c), code);
    assert.match(c.kind === "opaque-capability" ? (c.fault ?? "") : "", fault);
  }
});

test("what does not fit is the caller's mistake", () => {
  assert.throws(() => bytesOf({ kind: "opaque-capability", code: 1, value: new Uint8Array(256) }), NotEncodable);
  assert.throws(() => bytesOf({ kind: "fqdn", host: "x".repeat(256), domain: "" }), NotEncodable);
});

test("names", () => {
  assert.equal(capabilityName(71), "long-lived-graceful-restart");
  assert.equal(capabilityName(200), "capability 200");
});
