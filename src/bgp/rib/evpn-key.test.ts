// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { evpnKeyLayout } from "./evpn-key.ts";

const bytesWith = (length: number, at: Readonly<Record<number, number>>): Uint8Array => {
  const b = new Uint8Array(length);
  for (const [offset, value] of Object.entries(at)) b[Number(offset)] = value;
  return b;
};

const rows = [
  { name: "1 Ethernet A-D", type: 1, value: bytesWith(25, {}), layout: [22, 0, 0] },
  { name: "2 MAC", type: 2, value: bytesWith(33, { 22: 48 }), layout: [8, 10, 12] },
  { name: "2 MAC, two labels", type: 2, value: bytesWith(36, { 22: 48 }), layout: [8, 10, 12] },
  { name: "2 MAC and IPv4", type: 2, value: bytesWith(37, { 22: 48, 29: 32 }), layout: [8, 10, 16] },
  { name: "2 MAC and IPv6", type: 2, value: bytesWith(52, { 22: 48, 29: 128 }), layout: [8, 10, 28] },
  { name: "3 IMET IPv4", type: 3, value: bytesWith(17, { 12: 32 }), layout: [17, 0, 0] },
  { name: "3 IMET IPv6", type: 3, value: bytesWith(29, { 12: 128 }), layout: [29, 0, 0] },
  { name: "4 Ethernet segment", type: 4, value: bytesWith(23, { 18: 32 }), layout: [23, 0, 0] },
  { name: "5 prefix IPv4", type: 5, value: bytesWith(34, { 22: 24 }), layout: [8, 10, 9] },
  { name: "5 prefix IPv6", type: 5, value: bytesWith(58, { 22: 64 }), layout: [8, 10, 21] },
  { name: "6 SMET (*,G)", type: 6, value: bytesWith(24, { 13: 32, 18: 32 }), layout: [23, 0, 0] },
  { name: "7 join synch", type: 7, value: bytesWith(34, { 23: 32, 28: 32 }), layout: [33, 0, 0] },
  { name: "8 leave synch", type: 8, value: bytesWith(39, { 23: 32, 28: 32 }), layout: [33, 0, 0] },
  { name: "unknown", type: 99, value: bytesWith(5, {}), layout: [5, 0, 0] },
] as const;

for (const { name, type, value, layout } of rows) {
  test(`key of EVPN type ${name}`, () => {
    const [head, gap, tail] = layout;
    assert.deepEqual(evpnKeyLayout(type, value, 0, value.length), { head, gap, tail });
  });
}

const broken = [
  { name: "1 too short", type: 1, value: bytesWith(24, {}) },
  { name: "2 MAC length 47", type: 2, value: bytesWith(33, { 22: 47 }) },
  { name: "2 IP length 24", type: 2, value: bytesWith(36, { 22: 48, 29: 24 }) },
  { name: "2 cut off", type: 2, value: bytesWith(32, { 22: 48 }) },
  { name: "3 IPv6 in the room of IPv4", type: 3, value: bytesWith(17, { 12: 128 }) },
  { name: "4 without address", type: 4, value: bytesWith(19, {}) },
  { name: "5 /33", type: 5, value: bytesWith(34, { 22: 33 }) },
  { name: "6 addresses past the end", type: 6, value: bytesWith(24, { 13: 128, 18: 32 }) },
] as const;

for (const { name, type, value } of broken) {
  test(`malformed EVPN type ${name}`, () => assert.equal(evpnKeyLayout(type, value, 0, value.length), undefined));
}
