// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex } from "../../base/bytes/hex.ts";
import { NetlinkDecodeError } from "../errors.ts";
import { decodeAck, decodeDone } from "./ack.ts";
import { AttributeCursor } from "./attribute.ts";
import { messagesOf } from "./message.ts";
import { MessageWriter } from "./message-writer.ts";

test("several messages in one datagram come out as they went in", () => {
  const w = new MessageWriter(16);
  w.beginMessage(28, 5, 41);
  w.u32(7)
    .attributeU16(5, 100)
    .attribute(2, Uint8Array.of(2, 0, 0, 0, 0, 1));
  w.endMessage();
  w.beginMessage(29, 1, 42);
  const at = w.beginNested(18);
  w.attributeU8(1, 9);
  w.endNested(at);
  w.endMessage();
  const [first, second] = [...messagesOf(w.view())];
  assert.deepEqual([first!.type, first!.flags, first!.sequence, first!.end - first!.start], [28, 5, 41, 24]);
  const a = new AttributeCursor(first!.bytes, first!.start + 4, first!.end);
  assert.ok(a.next());
  assert.deepEqual([a.type, ...a.value()], [5, 100, 0]);
  assert.ok(a.next());
  assert.deepEqual([a.type, ...a.value()], [2, 2, 0, 0, 0, 0, 1]);
  assert.equal(a.next(), false);
  const outer = new AttributeCursor(second!.bytes, second!.start, second!.end);
  assert.ok(outer.next());
  const inner = outer.nested();
  assert.ok(inner.next());
  assert.deepEqual([outer.type, inner.type, ...inner.value()], [18, 1, 9]);
});

test("lengths that cannot be are typed errors that say where", () => {
  const header = (length: number): Uint8Array => Uint8Array.of(length, 0, 0, 0, ...Array<number>(12).fill(0));
  assert.throws(() => [...messagesOf(header(15))], { code: "WEFT_NETLINK_DECODE", offset: 0 });
  assert.throws(() => [...messagesOf(header(17))], { code: "WEFT_NETLINK_DECODE" });
  assert.throws(() => [...messagesOf(new Uint8Array(7))], { code: "WEFT_NETLINK_DECODE" });
  assert.throws(() => new AttributeCursor(Uint8Array.of(3, 0, 1, 0)).next(), { code: "WEFT_NETLINK_DECODE" });
  assert.throws(() => new AttributeCursor(Uint8Array.of(9, 0, 1, 0, 0, 0, 0, 0)).next(), { code: "WEFT_NETLINK_DECODE" });
});

test("any bytes are messages or a typed error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        for (const m of messagesOf(bytes)) {
          decodeDone(m);
          decodeAck(m);
          const a = new AttributeCursor(m.bytes, m.start, m.end);
          while (a.next()) assert.ok(a.end <= bytes.length);
        }
      } catch (e) {
        assert.ok(e instanceof NetlinkDecodeError, String(e));
      }
    }),
  );
});

test("an extended ack gives errno, words and offset", () => {
  const text = "Nexthop id does not exist";
  const w = new MessageWriter();
  w.beginMessage(2, 0x300, 7);
  w.u32(-22 >>> 0).put(fromHex("380000001c0005060700000000000000")!);
  w.attribute(1, new TextEncoder().encode(`${text}\0`)).attributeU32(2, 40);
  w.endMessage();
  const [m] = [...messagesOf(w.view())];
  assert.deepEqual(decodeAck(m!), { errno: 22, message: text, offset: 40 });
});

test("a plain ack gives errno 0", () => {
  const w = new MessageWriter();
  w.beginMessage(2, 0x100, 7);
  w.u32(0).put(fromHex("380000001c0005060700000000000000")!);
  w.endMessage();
  assert.deepEqual(decodeAck([...messagesOf(w.view())][0]!), { errno: 0, message: undefined, offset: undefined });
});
