// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Ip, ipToBytes } from "../../base/net/ip.ts";
import { type Mac, macToBytes } from "../../base/net/mac.ts";
import { runFilter } from "../../base/sys/testing/run-filter.ts";
import { arpFilter, discoveryFilter, readFrame } from "./sighting.ts";

const mac = "02:00:00:00:01:09" as Mac;
const other = "02:00:00:00:01:0a" as Mac;

function arp(sender: string, operation = 1, from: Mac = mac): Uint8Array {
  const b = new Uint8Array(60);
  b.fill(0xff, 0, 6);
  b.set(macToBytes(mac), 6);
  b.set([0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, operation], 12);
  b.set(macToBytes(from), 22);
  b.set(ipToBytes(sender as Ip), 28);
  b.set([192, 0, 2, 99], 38);
  return b;
}

function icmp6(type: number, source: string, target: string, option?: readonly [kind: number, mac: Mac]): Uint8Array {
  const b = new Uint8Array(option ? 86 : 78);
  b.set([0x33, 0x33, 0, 0, 0, 1], 0);
  b.set(macToBytes(mac), 6);
  b.set([0x86, 0xdd, 0x60, 0, 0, 0, 0, b.length - 54, 58, 255], 12);
  b.set(ipToBytes(source as Ip), 22);
  b[54] = type;
  b.set(ipToBytes(target as Ip), 62);
  if (option) {
    b.set([option[0], 1], 78);
    b.set(macToBytes(option[1]), 80);
  }
  return b;
}

test("ARP tells the sender's address, in questions and answers", () => {
  assert.deepEqual(readFrame(arp("192.0.2.1")), { mac, ip: "192.0.2.1" });
  assert.deepEqual(readFrame(arp("192.0.2.1", 2, other)), { mac: other, ip: "192.0.2.1" });
});

test("ARP probes, other operations and addresses that no station has say nothing", () => {
  for (const sender of ["0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255"]) assert.equal(readFrame(arp(sender)), undefined, sender);
  assert.equal(readFrame(arp("192.0.2.1", 3)), undefined);
  for (const from of ["ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "00:00:00:00:00:00"] as Mac[])
    assert.equal(readFrame(arp("192.0.2.1", 1, from)), undefined, from);
  assert.equal(readFrame(arp("192.0.2.1").subarray(0, 41)), undefined);
});

test("a solicitation tells its source, an advertisement its target, with the MAC of the option where there is one", () => {
  assert.deepEqual(readFrame(icmp6(135, "2001:db8::1", "2001:db8::9")), { mac, ip: "2001:db8::1" });
  assert.deepEqual(readFrame(icmp6(135, "2001:db8::1", "2001:db8::9", [1, other])), { mac: other, ip: "2001:db8::1" });
  assert.deepEqual(readFrame(icmp6(136, "2001:db8::1", "2001:db8::9", [2, other])), { mac: other, ip: "2001:db8::9" });
  assert.deepEqual(readFrame(icmp6(136, "fe80::1", "2001:db8::9")), { mac, ip: "2001:db8::9" });
});

test("duplicate address detection, other messages and packets from beyond a router say nothing", () => {
  assert.equal(readFrame(icmp6(135, "::", "2001:db8::9")), undefined);
  assert.equal(readFrame(icmp6(134, "fe80::1", "2001:db8::9")), undefined);
  assert.equal(readFrame(icmp6(136, "fe80::1", "ff02::1")), undefined);
  const routed = icmp6(136, "fe80::1", "2001:db8::9");
  routed[21] = 254;
  assert.equal(readFrame(routed), undefined);
});

test("an option of length 0 or one that is cut short ends the search", () => {
  const endless = icmp6(136, "fe80::1", "2001:db8::9", [2, other]);
  endless[79] = 0;
  assert.deepEqual(readFrame(endless), { mac, ip: "2001:db8::9" });
  assert.deepEqual(readFrame(icmp6(136, "fe80::1", "2001:db8::9", [2, other]).subarray(0, 84)), { mac, ip: "2001:db8::9" });
});

test("no octets make the reader throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 128 }), fc.constantFrom(0x0806, 0x86dd), (bytes, type) => {
      if (bytes.length > 13) bytes.set([type >> 8, type & 255], 12);
      readFrame(bytes);
    }),
  );
});

test("the kernel's filter lets through what is read, and not what fills a network otherwise", () => {
  assert.equal(runFilter(arpFilter(256), arp("192.0.2.1")), 256);
  for (const type of [135, 136]) assert.equal(runFilter(discoveryFilter(256), icmp6(type, "fe80::1", "2001:db8::9")), 256);
  for (const type of [128, 133, 134, 137]) assert.equal(runFilter(discoveryFilter(256), icmp6(type, "fe80::1", "2001:db8::9")), 0);
  const udp = icmp6(135, "fe80::1", "2001:db8::9");
  udp[20] = 17;
  assert.equal(runFilter(discoveryFilter(256), udp), 0);
  assert.equal(runFilter(discoveryFilter(256), new Uint8Array(30)), 0);
});
