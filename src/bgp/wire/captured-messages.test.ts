// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, toHex } from "../../base/bytes/hex.ts";
import { Writer } from "../../base/bytes/writer.ts";
import { attributeCode, attributeName, formatAttribute } from "./attribute/table.ts";
import { describeNotification } from "./cease.ts";
import { explain } from "./explain/explain.ts";
import { type Message, decodeMessage, encodeMessage } from "./message.ts";
import { formatNlri } from "./nlri/table.ts";
import { capabilitiesOf } from "./open.ts";
import { type CapturedMessage, capturedMessages } from "./testing/captured-messages.ts";

const context = { fourOctetAs: true, peer: "ibgp" } as const;

function whole(m: CapturedMessage): Uint8Array {
  const body = fromHex(m.body)!;
  return new Writer()
    .put(new Uint8Array(16).fill(0xff))
    .u16(19 + body.length)
    .u8(m.type)
    .put(body)
    .finish();
}

function shown(message: Message): readonly string[] {
  if (message.kind === "notification") return [describeNotification(message)];
  if (message.kind === "open") {
    const names = capabilitiesOf(message).map((c) => {
      if (c.kind === "multiprotocol") return c.family;
      return c.kind === "opaque-capability" ? `capability ${c.code}` : c.kind;
    });
    return [`AS ${message.myAs}, hold time ${message.holdTime}, ${names.join(" ")}`];
  }
  assert.equal(message.kind, "update");
  if (message.kind !== "update") return [];
  const lines = message.attributes.map((a) =>
    `${attributeName(attributeCode(a))} 0x${a.flags.toString(16)}: ${formatAttribute(a)}`.trimEnd(),
  );
  if (message.announced.length > 0) lines.push(`NLRI: ${message.announced.map((route) => formatNlri("ipv4-unicast", route)).join(" ")}`);
  return lines;
}

for (const m of capturedMessages) {
  test(`${m.from.split(" (")[0]}: ${m.what}`, () => {
    const bytes = whole(m);
    const decoded = decodeMessage(bytes, context);
    assert.ok(decoded.ok);
    assert.deepEqual(decoded.faults, []);
    assert.deepEqual(shown(decoded.message), m.shows);
    assert.equal(toHex(encodeMessage(decoded.message, context)), toHex(bytes));
    const explained = explain("message", bytes);
    assert.ok(explained.ok);
    assert.equal(toHex(explained.reencoded), toHex(bytes));
  });
}
