// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ipFromBytes, ipToBytes } from "../net/ip.ts";
import { macFromBytes } from "../net/mac.ts";
import { type Rd, rdToBytes } from "../net/rd.ts";
import { parseMacPattern, parsePrefixPattern } from "./address-pattern.ts";
import { parseRdPattern } from "./administrator-pattern.ts";
import {
  exactOctets,
  parseCommunityPattern,
  parseExtendedCommunityPattern,
  parseLargeCommunityPattern,
  parseRouteTargetPattern,
} from "./community-pattern.ts";
import { parseNumberRange } from "./number-range.ts";
import { matchesAnyOctets, matchesOctets } from "./octet-pattern.ts";

const octets = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));

test("any RD matches its own text and its text with stars, not that of another", () => {
  const u16 = fc.nat(0xffff);
  const rd = fc.oneof(
    fc.tuple(u16, fc.nat(0xffffffff)).map(([a, n]) => `${a}:${n}`),
    fc.tuple(fc.uint8Array({ minLength: 4, maxLength: 4 }), u16).map(([a, n]) => `${ipFromBytes(a)}:${n}`),
    fc.tuple(fc.integer({ min: 65_536, max: 0xffffffff }), u16).map(([a, n]) => `${a}:${n}`),
  );
  fc.assert(
    fc.property(rd, rd, (one, other) => {
      const bytes = rdToBytes(one as Rd);
      const [admin, number] = one.split(":");
      for (const text of [one, `${admin}:*`, `*:${number}`, "*:*"]) assert.ok(matchesAnyOctets(parseRdPattern(text)!, bytes, 0), text);
      assert.equal(matchesAnyOctets(parseRdPattern(other)!, bytes, 0), one === other);
    }),
  );
});

test("route targets match transitive or not, and no other community", () => {
  const p = parseRouteTargetPattern("65000:*")!;
  assert.ok(matchesAnyOctets(p, octets("0002 fde8 00000064"), 0));
  assert.ok(matchesAnyOctets(p, octets("4002 fde8 00000064"), 0));
  assert.ok(!matchesAnyOctets(p, octets("0003 fde8 00000064"), 0));
  assert.ok(!matchesAnyOctets(p, octets("0102 fde8 00000064"), 0));
  assert.ok(matchesAnyOctets(parseRouteTargetPattern("*:100")!, octets("0102 0a000001 0064"), 0));
  assert.deepEqual(exactOctets(parseRouteTargetPattern("65000:100")), octets("0002 fde8 00000064"));
  assert.equal(exactOctets(parseRouteTargetPattern("*:100")), undefined);
  for (const bad of ["65000", "65000:", ":1", "65000:100000000000", "4200000000:70000", "1.2.3:4", "1.2.3.4:70000"])
    assert.equal(parseRouteTargetPattern(bad), undefined, bad);
});

test("communities of three kinds", () => {
  const is = (list: ReturnType<typeof parseCommunityPattern>, hex: string): boolean => matchesAnyOctets(list!, octets(hex), 0);
  assert.ok(is(parseCommunityPattern("no-export"), "ffffff01"));
  assert.ok(is(parseCommunityPattern("65000:*"), "fde80007") && !is(parseCommunityPattern("65000:*"), "fde90007"));
  assert.ok(is(parseLargeCommunityPattern("1:*:3"), "00000001 12345678 00000003"));
  assert.ok(is(parseExtendedCommunityPattern("mac-mobility"), "0600 0000 00000005"));
  assert.ok(
    is(parseExtendedCommunityPattern("0x030c*"), "030c 0000 00000008") && !is(parseExtendedCommunityPattern("0x030c*"), "030d000000000000"),
  );
  assert.ok(is(parseExtendedCommunityPattern("soo:65000:1"), "0003 fde8 00000001"));
  assert.deepEqual(exactOctets(parseExtendedCommunityPattern("0x030c000000000008")), octets("030c000000000008"));
  for (const bad of ["1:2:3", "65536:1", "x"]) assert.equal(parseCommunityPattern(bad), undefined, bad);
  for (const bad of ["1:2", "1:2:4294967296"]) assert.equal(parseLargeCommunityPattern(bad), undefined, bad);
  for (const bad of ["0x0102", "0x01020304050607080", "0x0102030405060708*", "rt:1", "target:1:2"])
    assert.equal(parseExtendedCommunityPattern(bad), undefined, bad);
});

test("prefixes by what is inside, and by length", () => {
  const read = (text: string) => parsePrefixPattern(text)!;
  assert.deepEqual([read("10.0.0.0/8").least, read("10.0.0.0/8").most], [8, 32]);
  assert.deepEqual([read("10.0.0.0/8 exact").least, read("10.0.0.0/8 exact").most], [8, 8]);
  assert.deepEqual([read("10.0.0.0/8 ge 16 le 24").least, read("10.0.0.0/8 ge 16 le 24").most], [16, 24]);
  assert.deepEqual([read("fd00::1").least, read("fd00::1").most], [128, 128]);
  assert.ok(matchesOctets(read("10.0.0.0/9").address, Uint8Array.of(10, 127, 1, 2), 0));
  assert.ok(!matchesOctets(read("10.0.0.0/9").address, Uint8Array.of(10, 128, 1, 2), 0));
  for (const bad of ["10.0.0.0/33", "10.0.0.0/8 le 4", "10.0.0.0/8 ge 24 le 16", "10.0.0.0/8 exact le 9", "ten", ""])
    assert.equal(parsePrefixPattern(bad), undefined, bad);
});

test("an address is inside every prefix made of its first bits", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.nat(32), (address, bits) => {
      const pattern = parsePrefixPattern(`${ipFromBytes(address)}/${bits}`)!;
      assert.ok(matchesOctets(pattern.address, ipToBytes(ipFromBytes(address)), 0));
      assert.equal(pattern.least, bits);
    }),
  );
});

test("MACs by their first bits", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), fc.nat(48), fc.nat(47), (mac, bits, flipped) => {
      const other = mac.slice();
      other[flipped >> 3]! ^= 0x80 >> (flipped & 7);
      const pattern = parseMacPattern(`${macFromBytes(mac)}/${bits}`)!;
      assert.ok(matchesOctets(pattern, mac, 0));
      assert.equal(matchesOctets(pattern, other, 0), flipped >= bits);
    }),
  );
  for (const bad of ["02:00:00:00:00:00/49", "02:00", "02:00:00:00:00:00/8/9"]) assert.equal(parseMacPattern(bad), undefined, bad);
});

test("ranges of numbers", () => {
  assert.deepEqual(parseNumberRange("100-199", 1000), { from: 100, to: 199 });
  assert.deepEqual(parseNumberRange("7", 1000), { from: 7, to: 7 });
  for (const bad of ["199-100", "-1", "1-", "1001", "a"]) assert.equal(parseNumberRange(bad, 1000), undefined, bad);
});
