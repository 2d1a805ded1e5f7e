// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex, toHex } from "../../base/bytes/hex.ts";
import type { Discard } from "./discard.ts";
import { type ControlPacket, controlPacketLength, decodeControlPacket, encodeControlPacket, sessionStates } from "./control-packet.ts";
import { diagnosticName } from "./diagnostic.ts";

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });

/** Packets that pass the rules of RFC 5880 §6.8.6. */
const packets: fc.Arbitrary<ControlPacket> = fc
  .record(
    {
      diagnostic: fc.integer({ min: 0, max: 31 }),
      state: fc.constantFrom(...sessionStates),
      poll: fc.boolean(),
      final: fc.boolean(),
      controlPlaneIndependent: fc.boolean(),
      demand: fc.boolean(),
      detectMultiplier: fc.integer({ min: 1, max: 255 }),
      myDiscriminator: fc.integer({ min: 1, max: 0xffff_ffff }),
      yourDiscriminator: u32,
      desiredMinTx: u32,
      requiredMinRx: u32,
      requiredMinEchoRx: u32,
    },
    { noNullPrototype: true },
  )
  .filter((p) => p.yourDiscriminator !== 0 || p.state === "down" || p.state === "admin-down");

/** Up, my 1, your 2, 300 ms both ways, as FRR 8.4 sends it. */
const sample = "20c003180000000100000002000493e0000493e00000c350";

function changed(at: number, value: number): Uint8Array {
  const out = fromHex(sample)!;
  out[at] = value;
  return out;
}

test("octets of RFC 5880 §4.1 become fields", () => {
  assert.deepEqual(decodeControlPacket(fromHex(sample)!), {
    packet: {
      diagnostic: 0,
      state: "up",
      poll: false,
      final: false,
      controlPlaneIndependent: false,
      demand: false,
      detectMultiplier: 3,
      myDiscriminator: 1,
      yourDiscriminator: 2,
      desiredMinTx: 300_000,
      requiredMinRx: 300_000,
      requiredMinEchoRx: 50_000,
    },
  });
});

test("what is encoded decodes to the same, also with more behind it", () => {
  fc.assert(
    fc.property(packets, fc.uint8Array({ maxLength: 40 }), (p, more) => {
      const octets = encodeControlPacket(p);
      assert.equal(octets.length, controlPacketLength);
      assert.deepEqual(decodeControlPacket(octets), { packet: p });
      assert.deepEqual(decodeControlPacket(Uint8Array.of(...octets, ...more)), { packet: p });
    }),
  );
});

test("any octets are a packet that encodes to the same, or name the rule that they break", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (random, plausible) => {
      if (plausible && random.length >= controlPacketLength) random.set([0x20 | (random[0]! & 31), random[1]! & 0xfa, random[2]! | 1, 24]);
      const decoded = decodeControlPacket(random);
      if ("packet" in decoded)
        assert.equal(toHex(encodeControlPacket(decoded.packet)), toHex(random.slice(0, controlPacketLength).with(3, controlPacketLength)));
    }),
  );
});

const rules: readonly (readonly [Discard, string, Uint8Array])[] = [
  ["bad-version", "version 0", changed(0, 0x00)],
  ["bad-version", "version 2", changed(0, 0x40)],
  ["bad-length", "nothing at all", new Uint8Array(0)],
  ["bad-length", "three octets", fromHex("20c003")!],
  ["bad-length", "Length 23", changed(3, 23)],
  ["bad-length", "Length beyond the payload", changed(3, 25)],
  ["bad-length", "A payload that was cut", fromHex(sample)!.subarray(0, 23)],
  ["bad-length", "Length 25 with the A bit", Uint8Array.of(...changed(1, 0xc4).with(3, 25), 0)],
  ["zero-multiplier", "Detect Mult 0", changed(2, 0)],
  ["multipoint", "M bit", changed(1, 0xc1)],
  ["zero-my-discriminator", "My Discriminator 0", changed(7, 0)],
  ["zero-your-discriminator", "Your Discriminator 0 and Up", changed(11, 0)],
  ["zero-your-discriminator", "Your Discriminator 0 and Init", changed(11, 0).with(1, 0x80)],
  ["authenticated", "a simple password", Uint8Array.of(...changed(1, 0xc4).with(3, 28), 1, 4, 1, 0x78)],
];

for (const [rule, what, octets] of rules) {
  test(`RFC 5880 §6.8.6: ${what} is discarded as ${rule}`, () => {
    assert.deepEqual(decodeControlPacket(octets), { discard: rule });
  });
}

test("diagnostics have the names of the registry", () => {
  assert.deepEqual([0, 1, 3, 7, 31].map(diagnosticName), [
    "none",
    "detection-time-expired",
    "neighbor-signaled-down",
    "administratively-down",
    "diagnostic 31",
  ]);
});
