// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex, toHex } from "../../base/bytes/hex.ts";
import { cease, ceaseSubcode, describeNotification, hardReset, hardResetReason, shutdownCommunication } from "./cease.ts";
import { notification } from "./notification.ts";

test("shutdown communication — RFC 9003 §2", () => {
  const n = cease(ceaseSubcode.administrativeShutdown, "maintenance");
  assert.equal(toHex(n.data), "0b6d61696e74656e616e6365");
  assert.equal(shutdownCommunication(n), "maintenance");
  assert.equal(describeNotification(n), 'Cease/Administrative Shutdown: "maintenance"');
  assert.equal(cease(2, "").data.length, 0);
  assert.equal(shutdownCommunication(cease(2)), undefined);
});

test("words survive; long ones are cut at a character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 400 }), (words) => {
      const n = cease(4, words);
      const got = shutdownCommunication(n)!;
      const printable = words.replaceAll(/\p{Cc}/gu, "?");
      assert.ok(printable.startsWith(got));
      assert.equal(n.data[0], n.data.length - 1);
      if (new TextEncoder().encode(words).length <= 255) assert.equal(got, printable);
    }),
  );
});

test("what a peer sends does not reach a terminal as control characters", () => {
  assert.equal(shutdownCommunication(cease(4, "\u001b[2Jgone\u0007\r\n\u009b")), "?[2Jgone????");
});

test("what is no communication is shown as data", () => {
  for (const hex of ["05 61", "02 ff fe", "00"]) assert.equal(shutdownCommunication(notification(6, 2, fromHex(hex))), undefined, hex);
  assert.equal(describeNotification(notification(6, 2, fromHex("02fffe"))), "Cease/Administrative Shutdown (data 02fffe)");
  assert.equal(shutdownCommunication(notification(6, 3, fromHex("0161"))), undefined);
});

test("hard reset wraps the reason — RFC 8538 §3", () => {
  const n = hardReset(cease(2, "bye"));
  assert.equal(toHex(n.data), "060203627965");
  assert.deepEqual(hardResetReason(n), cease(2, "bye"));
  assert.equal(describeNotification(n), 'Cease/Hard Reset: Cease/Administrative Shutdown: "bye"');
  assert.equal(hardResetReason(hardReset(n)), undefined);
  assert.equal(hardResetReason(notification(6, 9)), undefined);
});

test("names, also of what nobody assigned", () => {
  assert.equal(describeNotification(notification(4, 0)), "Hold Timer Expired");
  assert.equal(describeNotification(notification(2, 6)), "OPEN Message Error/Unacceptable Hold Time");
  assert.equal(describeNotification(notification(3, 5, Uint8Array.of(0x40))), "UPDATE Message Error/Attribute Length Error (data 40)");
  assert.equal(describeNotification(notification(99, 7)), "Error Code 99/Subcode 7");
});
