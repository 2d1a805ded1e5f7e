// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TableChanges } from "./table-changes.ts";

const [inet, bridge] = [1, 7];
/** A message of nf_tables with one attribute. */
function message(type: number, family: number, attribute: number, value: Uint8Array): Buffer {
  const padded = (value.length + 3) & ~3;
  const out = Buffer.alloc(24 + padded);
  out.writeUInt32LE(24 + value.length, 0);
  out.writeUInt16LE((10 << 8) | type, 4);
  out[16] = family;
  out.writeUInt16LE(4 + value.length, 20);
  out.writeUInt16LE(attribute, 22);
  out.set(value, 24);
  return out;
}
const rule = (family: number, table: string): Buffer => message(6, family, 1, Buffer.from(`${table}\0`));
const end = (pid: number): Buffer => {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(pid);
  return message(15, 0, 2, value);
};

test("a transaction is told at its end, each table once; our own are not", () => {
  const changes = new TableChanges(4711);
  changes.read(Buffer.concat([rule(inet, "weft_nat"), rule(inet, "weft_nat"), rule(bridge, "weft_dhcp")]));
  assert.deepEqual(changes.take(), []);
  changes.read(end(12));
  assert.deepEqual(changes.take(), ["inet weft_nat", "bridge weft_dhcp"]);
  assert.deepEqual(changes.take(), []);
  changes.read(Buffer.concat([rule(inet, "weft_nat"), end(4711), rule(inet, "filter"), end(12)]));
  assert.deepEqual(changes.take(), ["inet filter"]);
});

test("what is cut off, and any octets at all, are passed over", () => {
  const changes = new TableChanges(4711);
  const whole = Buffer.concat([rule(inet, "weft_nat"), rule(inet, "other")]);
  changes.read(whole.subarray(0, whole.length - 6));
  changes.read(end(12));
  assert.deepEqual(changes.take(), ["inet weft_nat"]);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (octets) => {
      changes.read(octets);
      changes.take();
    }),
  );
});
