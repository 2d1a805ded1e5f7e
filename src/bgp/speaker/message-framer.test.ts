// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Notification } from "../wire/notification.ts";
import { headerLength } from "../wire/frame.ts";
import { MessageFramer } from "./message-framer.ts";

function message(type: number, body: number[]): number[] {
  const length = headerLength + body.length;
  return [...Array<number>(16).fill(0xff), length >> 8, length & 255, type, ...body];
}

function collect(): { framer: MessageFramer; got: string[]; faults: Notification[] } {
  const got: string[] = [];
  const faults: Notification[] = [];
  const framer = new MessageFramer({
    message: (type, bytes, start, end) => got.push(`${type}:${Buffer.from(bytes.subarray(start, end)).toString("hex")}`) > 0,
    fault: (n) => faults.push(n),
  });
  return { framer, got, faults };
}

test("any split of a stream gives the same messages", () => {
  const body = fc.array(fc.nat(255), { minLength: 4, maxLength: 60 });
  const messages = fc.array(
    body.map((b) => message(2, b)),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sent, sizes) => {
      const stream = Uint8Array.from(sent.flat());
      const { framer, got, faults } = collect();
      let at = 0;
      for (let i = 0; at < stream.length; i++) {
        const n = sizes[i % sizes.length]!;
        assert.ok(framer.push(stream.slice(at, at + n)));
        at += n;
      }
      assert.deepEqual(
        got,
        sent.map((m) => `2:${Buffer.from(m.slice(headerLength)).toString("hex")}`),
      );
      assert.deepEqual(faults, []);
    }),
  );
});

test("any octets give messages or one fault", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 64 })), (chunks) => {
      const { framer, faults } = collect();
      for (const chunk of chunks) if (!framer.push(chunk)) break;
      assert.ok(faults.length <= 1);
    }),
  );
});

test("bad headers — RFC 4271 §6.1", () => {
  const broken = message(4, []);
  broken[3] = 0;
  const cases: [string, number[], [number, number, number[]]][] = [
    ["marker", broken, [1, 1, []]],
    ["shorter than a header", [...Array<number>(16).fill(255), 0, 18, 4], [1, 2, [0, 18]]],
    ["longer than allowed", [...Array<number>(16).fill(255), 0x10, 1, 2], [1, 2, [0x10, 1]]],
    ["keepalive with a body", message(4, [0]), [1, 2, [0, 20]]],
    ["open too short", message(1, [4]), [1, 2, [0, 20]]],
    ["update too short", message(2, [0, 0, 0]), [1, 2, [0, 22]]],
    ["unknown type", message(9, [1]), [1, 3, [9]]],
  ];
  for (const [name, bytes, [code, subcode, data]] of cases) {
    const { framer, got, faults } = collect();
    assert.equal(framer.push(Uint8Array.from(bytes)), false, name);
    assert.deepEqual(got, [], name);
    assert.deepEqual(faults, [{ kind: "notification", code, subcode, data: Uint8Array.from(data) }], name);
  }
});

test("extended messages once they are agreed on, but never OPEN and KEEPALIVE — RFC 8654 §4", () => {
  const long = message(2, Array<number>(5000).fill(7));
  const { framer, got } = collect();
  framer.longest = 65_535;
  assert.ok(framer.push(Uint8Array.from(long)));
  assert.equal(got.length, 1);
  const open = collect();
  open.framer.longest = 65_535;
  assert.equal(open.framer.push(Uint8Array.from(message(1, Array<number>(5000).fill(7)))), false);
});

test("nothing is delivered after the sink ended it", () => {
  const seen: number[] = [];
  const framer = new MessageFramer({ message: (type) => seen.push(type) < 2, fault: () => assert.fail() });
  assert.equal(framer.push(Uint8Array.from([message(4, []), message(4, []), message(4, [])].flat())), false);
  assert.equal(seen.length, 2);
});
