// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { fnv1a } from "./fnv1a.ts";

test("FNV-1a of known texts", () => {
  // Of the reference implementation (draft-eastlake-fnv, appendix of test vectors).
  assert.deepEqual(["", "a", "foobar"].map(fnv1a), [0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
});
