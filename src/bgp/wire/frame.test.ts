// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex, toHex } from "../../base/bytes/hex.ts";
import { type Frame, frameAt, maxExtendedMessage, maxMessage } from "./frame.ts";

const marker = "ff".repeat(16);

function look(hex: string, most = maxMessage): Frame {
  const bytes = fromHex(hex)!;
  return frameAt(bytes, 0, bytes.length, most);
}

test("a whole message, and what is still missing of one", () => {
  assert.deepEqual(look(`${marker} 0013 04`), { kind: "message", length: 19, type: 4 });
  assert.deepEqual(look(`${marker} 0013 04 ffff`), { kind: "message", length: 19, type: 4 });
  assert.deepEqual(look(""), { kind: "more", wanted: 19 });
  assert.deepEqual(look("ffff"), { kind: "more", wanted: 19 });
  assert.deepEqual(look(`${marker} 0017 02 0000`), { kind: "more", wanted: 23 });
});

test("faults — RFC 4271 §6.1", () => {
  const cases: readonly [string, number, string, number?][] = [
    ["ffff00", 1, ""],
    [`${"ff".repeat(15)}fe 0013 04`, 1, ""],
    [`${marker} 0012 04`, 2, "0012"],
    [`${marker} 1001 02`, 2, "1001"],
    [`${marker} 1001 01`, 2, "1001", maxExtendedMessage],
    [`${marker} 1001 04`, 2, "1001", maxExtendedMessage],
    [`${marker} 0014 04`, 2, "0014"],
    [`${marker} 001c 01`, 2, "001c"],
    [`${marker} 0016 02`, 2, "0016"],
    [`${marker} 0014 03`, 2, "0014"],
    [`${marker} 0016 05`, 2, "0016"],
    [`${marker} 0013 00`, 3, "00"],
    [`${marker} 0013 06`, 3, "06"],
  ];
  for (const [hex, subcode, data, most] of cases) {
    const frame = look(hex, most);
    assert.equal(frame.kind, "fault", hex);
    if (frame.kind !== "fault") continue;
    assert.deepEqual([frame.notification.code, frame.notification.subcode], [1, subcode], hex);
    assert.equal(toHex(frame.notification.data), data, hex);
  }
});

test("long messages need RFC 8654", () => {
  assert.deepEqual(look(`${marker} 1001 02`, maxExtendedMessage), { kind: "more", wanted: 4097 });
  assert.deepEqual(look(`${marker} ffff 02`, maxExtendedMessage), { kind: "more", wanted: 65535 });
});

test("any octets at any offset are one of the three", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (tail, withMarker) => {
      const bytes = withMarker ? Uint8Array.of(0, ...fromHex(marker)!, ...tail) : Uint8Array.of(0, ...tail);
      const frame = frameAt(bytes, 1, bytes.length, maxMessage);
      if (frame.kind === "message") assert.ok(frame.length >= 19 && frame.length <= bytes.length - 1);
      if (frame.kind === "more") assert.ok(frame.wanted > bytes.length - 1);
    }),
  );
});
