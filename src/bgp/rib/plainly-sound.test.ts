// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkAttributes } from "../wire/attribute/decode.ts";
import { plainlySound } from "./plainly-sound.ts";

const context = { fourOctetAs: true, peer: "ibgp", reach: "mp" } as const;

const usual = [
  [0x40, 1, 1, 0],
  [0x40, 2, 0],
  [0x80, 4, 4, 0, 0, 0, 7],
  [0x40, 5, 4, 0, 0, 0, 100],
  [0xc0, 8, 4, 0xff, 0xff, 0xff, 0x01],
  [0x80, 9, 4, 10, 0, 0, 1],
  [0x80, 10, 8, 10, 0, 0, 2, 10, 0, 0, 3],
  [0xc0, 16, 16, 0, 2, 0xfd, 0xe8, 0, 0, 0, 100, 3, 12, 0, 0, 0, 0, 0, 8],
  [0xd0, 16, 0, 8, 6, 0, 1, 0, 0, 0, 0, 5],
];

test("the usual sets of a fabric are told without the codec", () => {
  const sets = [
    [0, 1, 3, 7],
    [0, 1, 2, 3, 4, 5, 6, 7],
    [0, 1, 3, 8],
    [0, 1, 3],
  ];
  for (const set of sets) {
    const bytes = Uint8Array.from(set.flatMap((i) => usual[i]!));
    assert.ok(plainlySound(bytes, 0, bytes.length), set.join());
  }
});

test("what it takes for sound, the codec has nothing to say against", () => {
  const anyOctet = fc.nat({ max: 255 });
  const attribute = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...usual) },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom(...usual), fc.nat({ max: 11 }), anyOctet).map(([a, i, v]) => a.with(i % a.length, v)),
    },
    { weight: 1, arbitrary: fc.array(anyOctet, { maxLength: 12 }) },
  );
  const random = fc.array(attribute, { maxLength: 9 });
  const ordered = random.map((list) => list.toSorted((a, b) => (a[1] ?? 0) - (b[1] ?? 0)));
  let sound = 0;
  fc.assert(
    fc.property(
      fc.oneof(
        random,
        ordered,
        ordered.map((l) => [...usual.slice(0, 2), usual[3]!, ...l.filter((a) => (a[1] ?? 0) > 5)]),
      ),
      (list) => {
        const bytes = Uint8Array.from(list.flat());
        if (!plainlySound(bytes, 0, bytes.length)) return;
        sound++;
        assert.deepEqual(checkAttributes(bytes, context), []);
      },
    ),
    { numRuns: 3000 },
  );
  assert.ok(sound > 50, `${sound} sets were sound`);
});

test("a set that is cut off, unordered or incomplete is left to the codec", () => {
  const whole = Uint8Array.from([0, 1, 3, 7].flatMap((i) => usual[i]!));
  for (let end = 0; end < whole.length; end++) assert.equal(plainlySound(whole, 0, end), end === 14, `${end} octets`);
  for (const set of [
    [1, 0, 3],
    [0, 0, 1, 3],
    [0, 1],
  ]) {
    const bytes = Uint8Array.from(set.flatMap((i) => usual[i]!));
    assert.equal(plainlySound(bytes, 0, bytes.length), false, set.join());
  }
});
