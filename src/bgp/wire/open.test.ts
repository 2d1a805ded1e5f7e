// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex, toHex } from "../../base/bytes/hex.ts";
import { Writer } from "../../base/bytes/writer.ts";
import type { Capability } from "./capability/capability.ts";
import { NotEncodable } from "./errors.ts";
import { type Open, capabilitiesOf, decodeOpen, encodeOpen, makeOpen, openAsn } from "./open.ts";
import { capability } from "./testing/arbitrary-capability.ts";
import { record, u16, u32, u8 } from "./testing/arbitrary-nlri.ts";

function bytesOf(open: Open): Uint8Array {
  const w = new Writer();
  encodeOpen(open, w);
  return w.finish();
}

const parameter = record({ kind: fc.constant("capabilities" as const), capabilities: fc.array(capability, { maxLength: 3 }) });
const anyOpen = record({
  kind: fc.constant("open" as const),
  version: fc.constant(4),
  myAs: fc.integer({ min: 1, max: 65535 }),
  holdTime: u16.filter((t) => t !== 1 && t !== 2),
  identifier: u32.filter((id) => id !== 0),
  parameters: fc.array(parameter, { maxLength: 4 }),
  /** Taken only where the form of RFC 9072 is. */
  extended: u8.filter((n) => n > 0),
});

test("any OPEN survives octets and back, in the grouping and the form it has", () => {
  fc.assert(
    fc.property(anyOpen, fc.boolean(), ({ extended, ...plain }, isExtended) => {
      const open: Open = isExtended ? { ...plain, extended } : plain;
      if (openAsn(open) === 0) return;
      let bytes: Uint8Array;
      try {
        bytes = bytesOf(open);
      } catch (error) {
        assert.ok(error instanceof NotEncodable && !isExtended);
        return;
      }
      assert.deepEqual(decodeOpen(bytes), { ok: true, open });
    }),
  );
});

test("any octets give an OPEN that reencodes to them, or a fault", () => {
  const given = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.uint8Array({ maxLength: 40 }).map((p) => Uint8Array.of(4, 0xfd, 0xe8, 0, 90, 10, 0, 0, 1, p.length, ...p)),
    fc.uint8Array({ maxLength: 40 }).map((p) => Uint8Array.of(4, 0xfd, 0xe8, 0, 90, 10, 0, 0, 1, p.length + 2, 2, p.length, ...p)),
  );
  fc.assert(
    fc.property(given, (body) => {
      const decoded = decodeOpen(body);
      if (decoded.ok) assert.equal(toHex(bytesOf(decoded.open)), toHex(body));
      else assert.equal(decoded.notification.code, 2);
    }),
    { numRuns: 1000 },
  );
});

test("what we say of ourselves", () => {
  const capabilities: Capability[] = [
    { kind: "multiprotocol", family: "l2vpn-evpn" },
    { kind: "four-octet-as", asn: 4200000000 },
  ];
  const open = makeOpen({ asn: 4200000000, holdTime: 90, identifier: 0x0a000001, capabilities });
  assert.equal(toHex(bytesOf(open)), "045ba0005a0a0000010e020c0104001900464104fa56ea00");
  assert.equal(openAsn(open), 4200000000);
  assert.deepEqual(capabilitiesOf(open), capabilities);
  assert.equal(toHex(bytesOf(makeOpen({ asn: 65000, holdTime: 90, identifier: 1, capabilities: [] }))), "04fde8005a0000000100");
});

test("many capabilities take the form of RFC 9072", () => {
  const capabilities: Capability[] = Array.from({ length: 3 }, (_, code) => ({
    kind: "opaque-capability",
    code: 200 + code,
    value: new Uint8Array(100),
  }));
  const open = makeOpen({ asn: 65000, holdTime: 90, identifier: 1, capabilities });
  assert.equal(open.extended, 255);
  assert.equal(toHex(bytesOf(open).subarray(9, 16)), "ffff0135020132");
  assert.deepEqual(decodeOpen(bytesOf(open)), { ok: true, open });
  const { extended: _extended, ...short } = open;
  assert.throws(() => bytesOf(short), NotEncodable);
});

test("faults — RFC 4271 §6.2, RFC 7607 §2", () => {
  const cases: readonly [string, string, number, string, RegExp][] = [
    ["version", "03 fde8 005a 0a000001 00", 1, "0004", /version 3/],
    ["AS 0", "04 0000 005a 0a000001 00", 2, "", /AS number 0/],
    ["AS 0 in four octets", "04 5ba0 005a 0a000001 08 02 06 41 04 00000000", 2, "", /AS number 0/],
    ["identifier 0", "04 fde8 005a 00000000 00", 3, "", /identifier 0\.0\.0\.0/],
    ["unsupported parameter", "04 fde8 005a 0a000001 03 01 01 00", 4, "", /optional parameter 1/],
    ["hold time 1", "04 fde8 0001 0a000001 00", 6, "", /hold time 1/],
    ["hold time 2", "04 fde8 0002 0a000001 00", 6, "", /hold time 2/],
    ["parameter runs past the end", "04 fde8 005a 0a000001 02 02 06", 0, "", /more octets/],
    ["capability runs past its parameter", "04 fde8 005a 0a000001 04 02 02 41 04", 0, "", /more octets/],
    ["parameters length too small", "04 fde8 005a 0a000001 00 02", 0, "", /length 0, but 1 octets follow/],
    ["cut off", "04 fde8 005a", 0, "", /more octets/],
  ];
  for (const [what, hex, subcode, data, message] of cases) {
    const decoded = decodeOpen(fromHex(hex)!);
    assert.ok(!decoded.ok, what);
    assert.deepEqual([decoded.notification.code, decoded.notification.subcode, toHex(decoded.notification.data)], [2, subcode, data], what);
    assert.match(decoded.message, message, what);
  }
});
