// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { missingCapabilities } from "./probe.ts";

test("capabilities that are missing are named", () => {
  const status = (effective: string): string =>
    `Name:\tnode\nCapInh:\t0000000000000000\nCapEff:\t${effective}\nCapBnd:\t000001ffffffffff\n`;
  assert.deepEqual(missingCapabilities(status("000001ffffffffff")), []);
  assert.deepEqual(missingCapabilities(status("0000000000001000")), ["CAP_SYS_ADMIN"]);
  assert.deepEqual(missingCapabilities(status("0000000000000000")), ["CAP_NET_ADMIN", "CAP_SYS_ADMIN"]);
});
