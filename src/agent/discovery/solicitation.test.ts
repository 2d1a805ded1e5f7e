// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { toHex } from "../../base/bytes/hex.ts";
import { ipFromBytes } from "../../base/net/ip.ts";
import { type Mac, macFromBytes } from "../../base/net/mac.ts";
import { parseIp } from "../../base/net/ip.ts";
import { readFrame } from "./sighting.ts";
import { solicitation } from "./solicitation.ts";

const from = "02:00:00:00:0b:0b" as Mac;
const mac = "02:00:00:00:01:01" as Mac;

test("a solicitation goes from the bridge's MAC and its link-local address to the station alone", () => {
  const frame = solicitation({ ns: "", index: 3, from, ip: parseIp("fd00:1::1")!, mac });
  const text = [
    "020000000101020000000b0b86dd",
    "6000000000203aff",
    "fe80000000000000000000fffe000b0b",
    "fd000001000000000000000000000001",
    "8700",
  ].join("");
  assert.equal(toHex(frame.subarray(0, 56)), text);
  assert.equal(toHex(frame.subarray(58)), "00000000fd0000010000000000000000000000010101020000000b0b");
});

test("its checksum is right for all addresses, and what we read in it is our own address", () => {
  const octets = (n: number) => fc.uint8Array({ minLength: n, maxLength: n });
  fc.assert(
    fc.property(octets(6), octets(6), octets(16), (a, b, target) => {
      // Unicast, and not all zero.
      const [source, station] = [macFromBytes(a.with(0, 2), 0), macFromBytes(b.with(0, 2), 0)];
      const frame = solicitation({ ns: "", index: 1, from: source, ip: ipFromBytes(target, 0, 16), mac: station });
      // RFC 1071: the sum over everything, checksum included, is all ones.
      let sum = 32 + 58;
      for (let at = 22; at < frame.length; at += 2) sum += (frame[at]! << 8) | frame[at + 1]!;
      while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
      assert.equal(sum, 0xffff);
      assert.equal(readFrame(frame)?.mac, source);
    }),
  );
});
