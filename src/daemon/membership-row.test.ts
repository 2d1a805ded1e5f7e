// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex } from "../base/bytes/hex.ts";
import { membershipRow } from "./membership-row.ts";

test("a whole route target, the first bits of one, an AS alone, and everything", () => {
  const row = (hex: string) => membershipRow(fromHex(hex)!, 2, ["10.0.0.1", "local"]);
  assert.deepEqual(row("600000fde80002fde800000064"), { target: "65000:100", originAs: 65000, count: 2, askedBy: ["10.0.0.1", "local"] });
  assert.equal(row("500000fde80002fde80000").target, "0x0002fde80000/48");
  assert.equal(row("600000fde80602010203040506").target, "0x0602010203040506/64", "ES-Import");
  assert.deepEqual([row("200000fde8").target, row("200000fde8").originAs], ["default", 65000]);
  assert.deepEqual([row("00").target, row("00").originAs], ["default", null]);
});

test("of very many only the first names", () => {
  const names = Array.from({ length: 300 }, (_, i) => `host${i}`);
  const row = membershipRow(Uint8Array.of(0), names.length, names);
  assert.deepEqual([row.count, row.askedBy.length], [300, 20]);
});
