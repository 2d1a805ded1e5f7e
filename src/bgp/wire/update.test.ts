// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex, toHex } from "../../base/bytes/hex.ts";
import { Writer } from "../../base/bytes/writer.ts";
import { strongestFault } from "./fault.ts";
import { attributes, lenientContext } from "./testing/arbitrary-attribute.ts";
import { routesOf } from "./testing/arbitrary-nlri.ts";
import { type Update, decodeUpdate, encodeUpdate, endOfRib } from "./update.ts";

const context = { fourOctetAs: true, peer: "unknown" } as const;

function bytesOf(update: Update, own: Parameters<typeof encodeUpdate>[2] = context): Uint8Array {
  const w = new Writer();
  encodeUpdate(update, w, own);
  return w.finish();
}

test("any update survives octets and back", () => {
  const given = lenientContext.chain((own) => {
    const withPathId = own.addPath?.has("ipv4-unicast") ?? false;
    return fc.tuple(fc.constant(own), attributes(own), routesOf("ipv4-unicast", withPathId), routesOf("ipv4-unicast", withPathId));
  });
  fc.assert(
    fc.property(given, ([own, list, withdrawn, announced]) => {
      const update: Update = { kind: "update", withdrawn, attributes: list, announced };
      const decoded = decodeUpdate(bytesOf(update, own), own);
      assert.deepEqual(decoded.update, update);
      for (const f of decoded.faults) assert.match(f.message, /is missing/);
    }),
  );
});

test("any octets give an update or faults, never a throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), lenientContext, (body, own) => {
      const { update, faults } = decodeUpdate(body, own);
      if (update === undefined) assert.equal(strongestFault(faults)?.reaction, "reset");
      else if (faults.length === 0) assert.equal(toHex(bytesOf(update, own)), toHex(body));
    }),
    { numRuns: 500 },
  );
});

const origin = "40010100";
const asPath = "400206 0201 0000fde9";
const nextHop = "400304 0a000001";

/** Hand-made from RFC 7606 §3, §5.2, §5.3. */
const layout: readonly { what: string; hex: string; subcode: number; message: RegExp }[] = [
  { what: "body too short", hex: "000000", subcode: 1, message: /3 octets/ },
  { what: "withdrawn routes length too great", hex: "0005 0000", subcode: 1, message: /withdrawn routes length 5/ },
  { what: "total attribute length too great", hex: "0000 0005 40010100", subcode: 1, message: /runs past the message by 1/ },
  {
    what: "NLRI of 33 bits",
    hex: `0000 0014 ${origin} ${asPath} ${nextHop} 21 0a01020304`,
    subcode: 10,
    message: /NLRI: NLRI 1: prefix length 33/,
  },
  { what: "last NLRI cut off", hex: `0000 0014 ${origin} ${asPath} ${nextHop} 18 0a01`, subcode: 10, message: /runs past the end/ },
  { what: "withdrawn prefix cut off", hex: "0003 180a01 0000", subcode: 10, message: /withdrawn routes: NLRI 1/ },
  { what: "malformed attribute and no routes", hex: "0000 0004 40010103", subcode: 6, message: /no routes that could be withdrawn/ },
];
for (const { what, hex, subcode, message } of layout) {
  test(`reset: ${what}`, () => {
    const worst = strongestFault(decodeUpdate(fromHex(hex)!, context).faults);
    assert.equal(worst?.reaction, "reset");
    assert.equal(worst?.notification.code, 3);
    assert.equal(worst?.notification.subcode, subcode);
    assert.match(worst.message, message);
  });
}

test("a malformed attribute beside routes withdraws them", () => {
  const { update, faults } = decodeUpdate(fromHex(`0000 0014 40010103 ${asPath} ${nextHop} 18 0a0102`)!, context);
  assert.deepEqual(
    faults.map((f) => [f.reaction, f.attribute]),
    [["withdraw", 1]],
  );
  assert.deepEqual(update?.announced, [{ kind: "unicast", prefix: { ip: "10.1.2.0", length: 24 } }]);
});

test("beside a malformed MP_REACH_NLRI other faults stay what they are", () => {
  const { faults } = decodeUpdate(fromHex(`0000 0015 40010103 800e0e 0019 46 05 0a00000000 00 00000000`)!, context);
  assert.deepEqual(
    faults.map((f) => [f.reaction, f.attribute]),
    [
      ["withdraw", 1],
      ["disable-family", 14],
      ["withdraw", 2],
    ],
  );
});

test("End-of-RIB — RFC 4724 §2", () => {
  const read = (hex: string): string | undefined => endOfRib(decodeUpdate(fromHex(hex)!, context).update!);
  assert.equal(read("0000 0000"), "ipv4-unicast");
  assert.equal(read("0000 0006 800f03 001946"), "l2vpn-evpn");
  assert.equal(read("0000 0007 900f0003 001946"), "l2vpn-evpn");
  assert.equal(read("0004 180a0102 0000"), undefined);
  assert.equal(read("0000 000a 800f07 000201 180a0102"), undefined);
});
