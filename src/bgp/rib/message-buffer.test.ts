// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageBufferPool } from "./message-buffer.ts";

test("octets have the same view for all who get them, and another one when the memory is lent out again", () => {
  const pool = new MessageBufferPool();
  const buffer = pool.take();
  buffer.length = 57;
  const view = buffer.stretch(0, 57);
  assert.equal(buffer.stretch(0, 57), view);
  assert.equal(buffer.stretch(19, 57).length, 38);
  const last = buffer.stretch(0, 57);
  buffer.release();
  const again = pool.take();
  assert.equal(again, buffer);
  assert.equal(again.stretch(0, 57).buffer, last.buffer);
  assert.notEqual(again.stretch(0, 57), last);
});
