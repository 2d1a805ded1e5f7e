// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex, toHex } from "../../base/bytes/hex.ts";
import { cease } from "./cease.ts";
import { NotEncodable } from "./errors.ts";
import { keepalive } from "./keepalive.ts";
import { type Message, decodeMessage, encodeMessage } from "./message.ts";
import { makeOpen } from "./open.ts";
import { refreshSubtype, routeRefresh } from "./route-refresh.ts";
import { attributes, lenientContext } from "./testing/arbitrary-attribute.ts";

const context = { fourOctetAs: true, peer: "unknown" } as const;
const marker = "ff".repeat(16);

const samples: readonly [Message, string][] = [
  [makeOpen({ asn: 65000, holdTime: 90, identifier: 0x0a000001, capabilities: [] }), `${marker}001d0104fde8005a0a00000100`],
  [{ kind: "update", withdrawn: [], attributes: [], announced: [] }, `${marker}00170200000000`],
  [cease(2, "bye"), `${marker}001903060203627965`],
  [keepalive, `${marker}001304`],
  [routeRefresh("l2vpn-evpn"), `${marker}00170500190046`],
  [routeRefresh("l2vpn-evpn", refreshSubtype.begin), `${marker}00170500190146`],
];

test("one of each, both ways", () => {
  for (const [message, hex] of samples) {
    assert.equal(toHex(encodeMessage(message, context)), hex);
    assert.deepEqual(decodeMessage(fromHex(hex)!, context), { ok: true, message, faults: [] });
  }
});

test("any octets give a message that reencodes to them, or what to answer", () => {
  const update = lenientContext.chain((own) =>
    attributes(own).map((list) => encodeMessage({ kind: "update", withdrawn: [], attributes: list, announced: [] }, own)),
  );
  const whole = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.tuple(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 0, max: 6 })).map(([body, type]) => {
      return Uint8Array.of(...fromHex(marker)!, 0, 19 + body.length, type, ...body);
    }),
    fc.tuple(update, fc.nat(), fc.integer({ min: 0, max: 255 })).map(([bytes, where, octet]) => {
      bytes[19 + (where % (bytes.length - 19))] = octet;
      return bytes;
    }),
  );
  fc.assert(
    fc.property(whole, lenientContext, (bytes, own) => {
      const decoded = decodeMessage(bytes, own);
      if (!decoded.ok) assert.ok([1, 2, 3, 7].includes(decoded.notification.code));
      else if (decoded.faults.length === 0) assert.equal(toHex(encodeMessage(decoded.message, own)), toHex(bytes));
    }),
    { numRuns: 1500 },
  );
});

test("one message, no more and no less", () => {
  for (const hex of [`${marker}00130400`, `${marker}00170200`, "ffff"]) {
    const decoded = decodeMessage(fromHex(hex)!, context);
    assert.ok(!decoded.ok);
    assert.deepEqual([decoded.notification.code, decoded.notification.subcode], [1, 2]);
  }
});

test("BoRR and EoRR have four octets — RFC 7313 §5", () => {
  const bytes = fromHex(`${marker}001805 0019 02 46 00`)!;
  const decoded = decodeMessage(bytes, context);
  assert.ok(!decoded.ok);
  assert.deepEqual([decoded.notification.code, decoded.notification.subcode], [7, 1]);
  assert.equal(toHex(decoded.notification.data), toHex(bytes));
  // A request may carry filters (RFC 5291), and unknown subtypes are for the session to ignore.
  for (const subtype of ["00", "03"]) assert.ok(decodeMessage(fromHex(`${marker}001805 0019 ${subtype} 46 00`)!, context).ok);
});

test("an UPDATE to be used in part comes with its faults, a hopeless one with the answer", () => {
  const body = "0000 0014 40010103 400206 0201 0000fde9 400304 0a000001 18 0a0102";
  const good = decodeMessage(fromHex(`${marker}002f02 ${body}`)!, context);
  assert.ok(good.ok);
  assert.deepEqual(
    good.faults.map((f) => f.reaction),
    ["withdraw"],
  );
  const bad = decodeMessage(fromHex(`${marker}001b02 0000 0004 40010103`)!, context);
  assert.ok(!bad.ok);
  assert.deepEqual([bad.notification.code, bad.notification.subcode], [3, 6]);
});

test("65535 octets are the end", () => {
  const value = new Uint8Array(40000);
  const big = (code: number): { kind: "raw"; flags: number; code: number; value: Uint8Array } => ({
    kind: "raw",
    flags: 0xd0,
    code,
    value,
  });
  assert.equal(encodeMessage({ kind: "update", withdrawn: [], attributes: [big(200)], announced: [] }, context).length, 40027);
  assert.throws(
    () => encodeMessage({ kind: "update", withdrawn: [], attributes: [big(200), big(201)], announced: [] }, context),
    NotEncodable,
  );
});
