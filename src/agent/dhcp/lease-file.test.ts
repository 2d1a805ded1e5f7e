// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { countFamilies, leaseChanges, readLeases } from "./lease-file.ts";

// Written by dnsmasq 2.90 for a station that asked by DHCPv4 and DHCPv6; the last line is cut short.
const text = `1795196001 02:0d:00:00:01:01 10.5.1.11 shop-w1 ff:00:00:01:01:00:01:00:01
1795196003 02:0d:00:00:01:02 10.5.1.12 * *
duid 00:01:00:01:32:92:ba:e1:02:00:5e:00:01:01
1795196002 257 fd05:1::11 shop-w1 00:01:00:01:32:92:ba:e2:02:0d:00:00:01:01
1795196004 257 fd05:1::1`;

test("leases of both families; what is cut short is left out", () => {
  const leases = readLeases(text);
  assert.deepEqual(leases, [
    { ip: "10.5.1.11", name: "shop-w1", expires: 1_795_196_001 },
    { ip: "10.5.1.12", name: "", expires: 1_795_196_003 },
    { ip: "fd05:1::11", name: "shop-w1", expires: 1_795_196_002 },
  ]);
  assert.deepEqual(countFamilies(leases), { ipv4: 2, ipv6: 1 });
  assert.deepEqual(readLeases(""), []);
});

test("what came and went; a renewal is neither", () => {
  const [a, b, c] = readLeases(text);
  const { given, ended } = leaseChanges([a!, b!], [{ ...a!, expires: 9 }, c!]);
  assert.deepEqual([given, ended], [[c], [b]]);
});
