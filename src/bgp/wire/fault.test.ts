// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { type AttributeFault, type Reaction, strongestFault } from "./fault.ts";
import { notification } from "./notification.ts";

const fault = (reaction: Reaction, message: string): AttributeFault => ({
  reaction,
  attribute: undefined,
  message,
  notification: notification(3, 0),
});

test("the strongest reaction wins, the first of equals — RFC 7606 §3(h)", () => {
  const order: readonly Reaction[] = ["discard", "withdraw", "disable-family", "reset"];
  for (const [i, weaker] of order.entries())
    for (const stronger of order.slice(i + 1)) {
      assert.equal(strongestFault([fault(weaker, "a"), fault(stronger, "b")])?.reaction, stronger);
      assert.equal(strongestFault([fault(stronger, "b"), fault(weaker, "a")])?.reaction, stronger);
    }
  assert.equal(strongestFault([fault("withdraw", "first"), fault("withdraw", "second")])?.message, "first");
  assert.equal(strongestFault([]), undefined);
});
