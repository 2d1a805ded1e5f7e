// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { attribute, attributesOf, reachBody, unreachBody, updateBody } from "./testing/path-spec.ts";
import { macNlri, plainPath, RibRig } from "./testing/rib-rig.ts";

const plain = attributesOf(plainPath, 4, true);
const announcing = (n: number): Uint8Array => reachBody(plainPath, [macNlri(n)], 4, true, true);
const unreach = (flags: number, n: number): number[] => attribute(flags, 15, [0, 25, 70, ...macNlri(n)]);
const badOrigin = attribute(0x40, 1, [3]);

test("MP_REACH_NLRI with wrong flags takes its routes back — RFC 7606 §3(c)", () => {
  for (const flags of [0xc0, 0x00, 0x40]) {
    const rig = new RibRig();
    const a = rig.peer(1);
    rig.update(a, announcing(1));
    rig.update(a, announcing(2));
    const reach = attribute(flags, 14, [0, 25, 70, 4, 10, 9, 9, 1, 0, ...macNlri(1)]);
    const verdict = rig.update(a, updateBody([...reach, ...plain]));
    assert.deepEqual([verdict.reaction, verdict.withdrawn, verdict.faults.length], ["withdraw", 1, 1]);
    assert.equal(rig.rib.stats().routes, 1);
    assert.equal(rig.rib.peerStats(a)?.treatedAsWithdraw, 1);
  }
});

test("MP_UNREACH_NLRI with wrong flags withdraws what it says and is reported", () => {
  const rig = new RibRig();
  const a = rig.peer(1);
  rig.update(a, announcing(1));
  const verdict = rig.update(a, updateBody(unreach(0xc0, 1)));
  assert.deepEqual([verdict.reaction, verdict.withdrawn], ["withdraw", 1]);
  assert.match(verdict.faults[0]!, /flags 0xc0/);
  assert.equal(rig.rib.stats().routes, 0);
});

test("wrong flags where the routes cannot be told give up the family", () => {
  const rig = new RibRig();
  const cut = attribute(0xc0, 14, [0, 25, 70, 4, 10, 9, 9, 1, 0, ...macNlri(1).slice(0, 20)]);
  const verdict = rig.update(rig.peer(1), updateBody([...cut, ...plain]));
  assert.deepEqual([verdict.reaction, verdict.family], ["disable-family", "l2vpn-evpn"]);
});

test("a malformed attribute beside nothing but withdrawals ends the session — RFC 7606 §5.2", () => {
  for (const block of [[...unreach(0x80, 1), ...badOrigin], badOrigin]) {
    const rig = new RibRig();
    const verdict = rig.update(rig.peer(1), updateBody(block));
    assert.equal(verdict.reaction, "reset");
    assert.deepEqual([verdict.notification?.code, verdict.notification?.subcode], [3, 6]);
  }
});

test("one that is to be discarded does not, and sound ones are nothing to speak of", () => {
  const rig = new RibRig();
  const a = rig.peer(1);
  rig.update(a, announcing(1));
  const sound = rig.update(a, updateBody([...unreach(0x80, 1), ...plain]));
  assert.deepEqual([sound.reaction, sound.withdrawn], ["ok", 1]);
  const discard = rig.update(a, updateBody([...unreach(0x80, 1), ...attribute(0x40, 6, [0])]));
  assert.equal(discard.reaction, "discard");
});

test("routes left out weigh more than an attribute left out", () => {
  const rig = new RibRig();
  const odd = [...macNlri(1)];
  odd[24] = 33; // bits of the MAC
  const others = [...plain, ...attribute(0x40, 6, [0])];
  const reach = attribute(0x80, 14, [0, 25, 70, 4, 10, 9, 9, 1, 0, ...odd, ...macNlri(2)]);
  const verdict = rig.update(rig.peer(1), updateBody([...reach, ...others]));
  assert.deepEqual([verdict.reaction, verdict.announced, verdict.faults.length], ["withdraw", 1, 2]);
});

test("attributes of routes that are not held are not judged", () => {
  const rig = new RibRig();
  const a = rig.peer(1);
  // An IPv4 prefix in the body of the message.
  const body = Uint8Array.of(...updateBody(badOrigin), 24, 192, 0, 2);
  assert.equal(rig.update(a, body).reaction, "ok");
  assert.equal(rig.rib.peerStats(a)?.otherFamilies, 1);
});

test("End-of-RIB is nothing but an empty MP_UNREACH_NLRI", () => {
  const rig = new RibRig();
  const a = rig.peer(1);
  assert.equal(rig.update(a, unreachBody([])).endOfRib, "l2vpn-evpn");
  assert.equal(rig.update(a, updateBody([...attribute(0x80, 15, [0, 25, 70]), ...plain])).endOfRib, undefined);
});
