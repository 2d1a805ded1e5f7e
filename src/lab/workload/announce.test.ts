// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import { gratuitousArp, unsolicitedAdvertisement } from "./announce.ts";

const mac = "02:00:00:00:01:0a" as Mac;
const hex = (b: Uint8Array): string => Buffer.from(b).toString("hex");

test("an ARP announcement asks everybody for our own address (RFC 5227 §1.1)", () => {
  assert.equal(
    hex(gratuitousArp(mac, "192.168.1.11" as Ip)),
    // broadcast, us, ARP | Ethernet, IPv4, 6, 4, request | our MAC and address | target MAC unknown, target address ours
    "ffffffffffff02000000010a0806000108000604000102000000010ac0a8010b000000000000c0a8010b",
  );
});

test("an unsolicited advertisement overrides at all nodes, and its checksum closes (RFC 4861 §7.2.6, RFC 4443 §2.3)", () => {
  const frame = unsolicitedAdvertisement(mac, "fd00:1::11" as Ip);
  assert.equal(hex(frame.subarray(0, 22)), "33330000000102000000010a86dd6000000000203aff");
  assert.equal(hex(frame.subarray(78)), "020102000000010a");
  // Over pseudo header and message, checksum included, the one's complement sum is all ones.
  const v = new DataView(frame.buffer);
  let sum = 32 + 58;
  for (let at = 22; at < frame.length; at += 2) sum += v.getUint16(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  assert.equal(sum, 0xffff);
});
