// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Connection } from "./connection.ts";
import { SlotOutput } from "./slot-output.ts";

/** One message of so many octets. */
function message(memory: Uint8Array, at: number, length: number): void {
  memory[at + 16] = length >> 8;
  memory[at + 17] = length & 255;
}

test("messages are counted anew when the memory of earlier ones has others in the same turn", () => {
  const counts: number[] = [];
  const connection = {
    write: (_bytes: Uint8Array, count: number, done?: () => void): boolean => {
      counts.push(count);
      done?.();
      return true;
    },
  } as unknown as Connection;
  const output = new SlotOutput();
  const slot = output.join(connection, () => 1);
  const memory = new Uint8Array(57);
  for (const at of [0, 19, 38]) message(memory, at, 19);
  const released: string[] = [];
  output.write(slot, memory.subarray(0, 57), () => released.push("first"));
  message(memory, 0, 57);
  output.write(slot, memory.subarray(0, 57), () => released.push("second"));
  assert.deepEqual(counts, [3, 1]);
  assert.deepEqual(released, ["first", "second"]);
});
