// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ipFromBytes, ipToBytes, parseIp } from "./ip.ts";
import { maskIp, parseInterfaceAddress, parsePrefix, prefixContains } from "./prefix.ts";

test("canonical text — RFC 5952 §4", () => {
  for (const [given, wanted] of [
    ["FE80:0:0:0:0:0:0:1", "fe80::1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["::", "::"],
    ["::ffff:10.0.0.2", "::ffff:10.0.0.2"],
    ["192.168.1.1", "192.168.1.1"],
  ] as const) {
    assert.equal(parseIp(given), wanted);
  }
});

test("what is no address is refused", () => {
  for (const bad of ["", "1.2.3", "1.2.3.256", "01.2.3.4", "1::2::3", "fe80::1%eth0", ":::", "1:2:3:4:5:6:7:8:9", "g::"])
    assert.equal(parseIp(bad), undefined, bad);
});

test("octets and text are the same thing", () => {
  const octets = fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }));
  fc.assert(
    fc.property(octets, (b) => {
      const ip = ipFromBytes(b);
      assert.deepEqual([...ipToBytes(ip)], [...b]);
      assert.equal(parseIp(ip), ip);
    }),
  );
});

test("prefixes", () => {
  assert.deepEqual(parsePrefix("10.1.2.3/16"), { ip: "10.1.0.0", length: 16 });
  assert.deepEqual(parseInterfaceAddress("fd00::11/64"), { ip: "fd00::11", length: 64 });
  assert.equal(parsePrefix("10.0.0.0/33"), undefined);
  assert.equal(maskIp(parseIp("fd00:1:1::11")!, 64), "fd00:1:1::");
  assert.ok(prefixContains(parsePrefix("10.99.0.0/16")!, parseIp("10.99.3.4")!));
  assert.ok(!prefixContains(parsePrefix("10.99.0.0/16")!, parseIp("fd00::1")!));
});
