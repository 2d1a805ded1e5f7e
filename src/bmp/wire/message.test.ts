// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Ip, ipFromBytes } from "../../base/net/ip.ts";
import { familyTable } from "../../bgp/wire/family.ts";
import type { Information } from "./information.ts";
import { type BmpMessage, decodeBmp, encodeBmp, MalformedBmp } from "./message.ts";
import type { PeerHeader } from "./peer-header.ts";
import type { Statistic } from "./statistic.ts";

const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const octets = (least: number, most: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: least, maxLength: most });
const address = (length: 4 | 16): fc.Arbitrary<Ip> => octets(length, length).map((b) => ipFromBytes(b));

const shared = { distinguisher: u64, asn: u32, identifier: u32, seconds: u32, microseconds: fc.integer({ min: 0, max: 999_999 }) };
const peerOf = (length: 4 | 16): fc.Arbitrary<PeerHeader> =>
  fc.record({
    ...shared,
    type: fc.constantFrom("global" as const, "rd" as const, "local" as const),
    address: address(length),
    postPolicy: fc.boolean(),
    twoOctetAs: fc.boolean(),
    adjRibOut: fc.boolean(),
    filtered: fc.constant(false),
  });
const locRib: fc.Arbitrary<PeerHeader> = fc.record({
  ...shared,
  type: fc.constant("loc-rib" as const),
  address: fc.constant(undefined),
  postPolicy: fc.constant(false),
  twoOctetAs: fc.constant(false),
  adjRibOut: fc.constant(false),
  filtered: fc.boolean(),
});
const peer = fc.oneof(peerOf(4), peerOf(16), locRib);

const information: fc.Arbitrary<readonly Information[]> = fc.array(fc.record({ type: u16, value: octets(0, 40) }), { maxLength: 4 });
const bgpMessage = octets(0, 60).map((body) => {
  const length = 19 + body.length;
  return Uint8Array.from([...Array<number>(16).fill(255), length >> 8, length & 255, 1, ...body]);
});
const statistic: fc.Arbitrary<Statistic> = fc.oneof(
  fc.record({ type: fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 11, 12, 13), value: u32.map(BigInt) }),
  fc.record({ type: fc.constantFrom(7, 8, 14, 15), value: u64 }),
  fc.record({ type: fc.constantFrom(9, 10, 16, 17), value: u64, family: fc.constantFrom(...familyTable.map((r) => r.family)) }),
  fc.record({ type: fc.integer({ min: 18, max: 0xffff }), octets: octets(0, 20) }),
);
const peerUp = (length: 4 | 16): fc.Arbitrary<BmpMessage> =>
  fc.record({
    kind: fc.constant("peer-up" as const),
    peer: peerOf(length),
    localAddress: address(length),
    localPort: u16,
    remotePort: u16,
    sentOpen: bgpMessage,
    receivedOpen: bgpMessage,
    information,
  });
const message: fc.Arbitrary<BmpMessage> = fc.oneof(
  fc.record({ kind: fc.constant("route-monitoring" as const), peer, update: octets(23, 100) }),
  fc.record({ kind: fc.constant("statistics" as const), peer, statistics: fc.array(statistic, { maxLength: 8 }) }),
  fc.record({ kind: fc.constant("peer-down" as const), peer, reason: fc.integer({ min: 0, max: 255 }), data: octets(0, 60) }),
  peerUp(4),
  peerUp(16),
  fc.record({ kind: fc.constantFrom("initiation" as const, "termination" as const), information }),
  fc.record({ kind: fc.constant("opaque-bmp" as const), type: fc.integer({ min: 6, max: 255 }), body: octets(0, 40) }),
);

test("what is encoded decodes to itself", () => {
  fc.assert(fc.property(message, (m) => assert.deepEqual(decodeBmp(encodeBmp(m)), structuredClone(m))));
});

test("any octets give a message or say what is wrong with them", () => {
  const broken = fc.tuple(message, fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 4 }), fc.nat(60)).map(([m, changes, cut]) => {
    const bytes = encodeBmp(m);
    for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
    const short = bytes.slice(0, Math.max(0, bytes.length - cut));
    if (short.length >= 5 && changes.length % 2 === 0) new DataView(short.buffer).setUint32(1, short.length);
    return short;
  });
  fc.assert(
    fc.property(fc.oneof(broken, fc.uint8Array({ maxLength: 120 })), (bytes) => {
      try {
        decodeBmp(bytes);
      } catch (error) {
        assert.ok(error instanceof MalformedBmp, String(error));
      }
    }),
    { numRuns: 500 },
  );
});

test("a peer header, octet by octet — RFC 7854 §4.2, RFC 8671 §4, RFC 9069 §4", () => {
  const hex = (m: BmpMessage): string => Buffer.from(encodeBmp(m)).toString("hex");
  const header: PeerHeader = {
    type: "global",
    distinguisher: 0n,
    address: "10.0.0.4" as Ip,
    asn: 65000,
    identifier: 0x0a000004,
    seconds: 1,
    microseconds: 2,
    postPolicy: true,
    twoOctetAs: false,
    adjRibOut: true,
    filtered: false,
  };
  const tail = "0000fde80a0000040000000100000002";
  const down = (peer: PeerHeader): string => hex({ kind: "peer-down", peer, reason: 4, data: new Uint8Array(0) });
  assert.equal(down(header), `03000000310200500000000000000000${"00".repeat(12)}0a000004${tail}04`);
  const six = { ...header, address: "fd00::1" as Ip, postPolicy: false, adjRibOut: false, twoOctetAs: true };
  assert.equal(down(six), `03000000310200a00000000000000000fd00${"00".repeat(13)}01${tail}04`);
  const table = { ...header, type: "loc-rib" as const, address: undefined, filtered: true };
  assert.equal(down(table), `03000000310203800000000000000000${"00".repeat(16)}${tail}04`);
});
