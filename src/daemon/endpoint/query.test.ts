// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { Query } from "./query.ts";

for (const [text, peer] of [
  ["FD00:0::0009", "fd00::9"],
  ["10.0.0.4", "10.0.0.4"],
  ["local", "local"],
  ["all", "all"],
  ["", undefined],
] as const) {
  test(`"${text}" names the peer ${peer}`, () => {
    assert.equal(new Query({ peer: text }, ["peer"]).peer("peer"), peer);
  });
}
