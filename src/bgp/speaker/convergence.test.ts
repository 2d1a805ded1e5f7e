// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "../../base/run/clock.ts";
import { Convergence } from "./convergence.ts";

function begin(expected: string[], quietTime = 0): { clock: ManualClock; done: string[]; c: Convergence } {
  const clock = new ManualClock();
  const done: string[] = [];
  const c = new Convergence(clock, (why) => done.push(why));
  c.start(expected, 60_000, quietTime);
  return { clock, done, c };
}

test("complete when every expected peer sent End-of-RIB for every family", () => {
  const { clock, done, c } = begin(["10.0.0.4", "10.0.0.5"]);
  c.sessionUp("10.0.0.4", ["l2vpn-evpn", "rt-constrain"]);
  c.endOfRib("10.0.0.4", "l2vpn-evpn");
  c.sessionUp("10.0.0.5", ["l2vpn-evpn"]);
  c.endOfRib("10.0.0.5", "l2vpn-evpn");
  assert.deepEqual(done, []);
  c.endOfRib("10.0.0.4", "rt-constrain");
  assert.deepEqual(done, ["every peer sent its End-of-RIB"]);
  clock.advance(100_000);
  assert.equal(done.length, 1);
});

test("a session that drops on the way has to be complete anew", () => {
  const { done, c } = begin(["a", "b"]);
  c.sessionUp("a", ["l2vpn-evpn"]);
  c.sessionDown("a");
  c.endOfRib("a", "l2vpn-evpn");
  c.sessionUp("b", []);
  assert.deepEqual(done, []);
  c.sessionUp("a", ["l2vpn-evpn"]);
  c.endOfRib("a", "l2vpn-evpn");
  assert.equal(done.length, 1);
});

test("it begins anew for who was cut off", () => {
  const { clock, done, c } = begin(["a"]);
  c.sessionUp("a", []);
  c.start(["a", "b"], 60_000, 0);
  assert.ok(!c.over);
  c.sessionUp("b", []);
  clock.advance(30_000);
  c.sessionUp("a", ["l2vpn-evpn"]);
  c.endOfRib("a", "l2vpn-evpn");
  assert.deepEqual(done, ["every peer sent its End-of-RIB", "every peer sent its End-of-RIB"]);
});

test("nobody is waited for longer than the limit, nor when he is not configured any more", () => {
  const late = begin(["a"]);
  late.clock.advance(60_000);
  assert.deepEqual(late.done, ["the time limit has passed"]);
  const gone = begin(["a"]);
  gone.c.forget("a");
  assert.deepEqual(gone.done, ["no peer is left to wait for"]);
});

test("where peers come unannounced, the first one's End-of-RIB is not everybody's", () => {
  const { clock, done, c } = begin([], 10_000);
  c.sessionUp("a", ["l2vpn-evpn"]);
  c.endOfRib("a", "l2vpn-evpn");
  clock.advance(9_000);
  c.sessionUp("b", ["l2vpn-evpn"]);
  clock.advance(9_999);
  assert.deepEqual(done, []);
  c.endOfRib("b", "l2vpn-evpn");
  assert.deepEqual(done, []);
  clock.advance(1);
  assert.deepEqual(done, ["every peer that came sent its End-of-RIB"]);
});

test("an unannounced peer that is slow is waited for beyond the quiet time", () => {
  const { clock, done, c } = begin([], 10_000);
  c.sessionUp("a", ["l2vpn-evpn"]);
  clock.advance(20_000);
  assert.deepEqual(done, []);
  c.endOfRib("a", "l2vpn-evpn");
  assert.deepEqual(done, ["every peer sent its End-of-RIB"]);
});
