// SPDX-License-Identifier: Apache-2.0
/** Restarts upon restarts, long-lived staleness and refreshes: what is kept, what goes, and in which order it is said. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { reachBody, unreachBody } from "./testing/path-spec.ts";
import { macNlri, plainPath, RibRig } from "./testing/rib-rig.ts";

const reach = (nlri: readonly (readonly number[])[], path = plainPath): Uint8Array => reachBody(path, nlri, 4, true, true);
const keepStale = ["l2vpn-evpn"] as const;

test("what is stale from one restart outlives the next where it is to — RFC 9494 §4.2", () => {
  const rig = new RibRig();
  const [a, b] = [rig.peer(1), rig.peer(2, { longLivedGracefulRestart: true })];
  rig.update(a, reach([macNlri(1), macNlri(2)]));
  rig.rib.removePeer(a, { keepStale });
  rig.rib.markLongLivedStale("peer1");
  rig.settle();
  rig.peer(1);
  rig.update(a, reach([macNlri(1)]));
  rig.rib.removePeer(a, { keepStale, keepOlder: true });
  rig.settle();
  const aged = (): readonly boolean[] => [...rig.at(b).table.values()].map((p) => / 8:c0=ffff0006 /.test(p));
  assert.deepEqual(new Set(aged()), new Set([false, true]), "the one that was told again is fresh, the other one a last resort still");
  rig.rib.markLongLivedStale("peer1");
  rig.settle();
  assert.deepEqual(aged(), [true, true], "and none is marked twice");
  rig.peer(1);
  rig.update(a, unreachBody([]));
  rig.settle();
  assert.equal(rig.rib.stats().routes, 0);
  assert.equal(rig.rib.stats().attributeSets, 0);
});

test("a route that came with LLGR_STALE is not marked again", () => {
  const rig = new RibRig();
  const [a, b] = [rig.peer(1), rig.peer(2, { longLivedGracefulRestart: true })];
  rig.update(a, reach([macNlri(1)], { ...plainPath, communities: [0xffff0006] }));
  rig.rib.removePeer(a, { keepStale });
  rig.rib.markLongLivedStale("peer1");
  rig.settle();
  assert.match([...rig.at(b).table.values()].join(), / 8:c0=ffff0006 /);
});

test("two peers age at once over a long walk: neither gets the other's attributes", () => {
  const rig = new RibRig({ sizes: { step: 1 } });
  const watcher = rig.peer(9, { longLivedGracefulRestart: true });
  const [a, b, c] = [rig.peer(1), rig.peer(2), rig.peer(3)];
  const many = (from: number): number[][] => Array.from({ length: 40 }, (_, i) => macNlri(from + i));
  rig.update(a, reach(many(0), { ...plainPath, communities: [0xfde80001] }));
  rig.update(c, reach(many(2000)));
  rig.settle();
  rig.rib.removePeer(a, { keepStale });
  rig.rib.markLongLivedStale("peer1");
  // The walk is past the routes of the first when the other one announces: its set of attributes must not get the number of theirs.
  for (let i = 0; i < 12; i++) rig.rib.flush();
  rig.update(b, reach(many(1000), { ...plainPath, communities: [0xfde80002] }));
  rig.rib.removePeer(b, { keepStale });
  rig.rib.markLongLivedStale("peer2");
  rig.settle();
  const communities = [...rig.at(watcher).table.values()].map((p) => / 8:c0=(fde8[0-9a-f]+) /.exec(p)?.[1]);
  assert.equal(communities.filter((c) => c === "fde80001ffff0006").length, 40);
  assert.equal(communities.filter((c) => c === "fde80002ffff0006").length, 40);
});

test("no refresh begins before the first table is through, and a flood of requests is two tables — RFC 7313 §4", () => {
  const rig = new RibRig({ sizes: { step: 3 } });
  const a = rig.peer(1);
  rig.update(a, reach(Array.from({ length: 20 }, (_, i) => macNlri(i))));
  rig.settle();
  const b = rig.peer(2);
  rig.rib.routeRefresh(b, "l2vpn-evpn", true);
  rig.rib.flush();
  for (let i = 0; i < 1000; i++) rig.rib.routeRefresh(b, "l2vpn-evpn", true);
  assert.deepEqual(rig.at(b).refreshMarks, []);
  while (rig.at(b).endOfRib === 0) {
    assert.deepEqual(rig.at(b).refreshMarks, [], "no BoRR before the End-of-RIB");
    rig.rib.flush();
  }
  rig.rib.flush();
  for (let i = 0; i < 1000; i++) rig.rib.routeRefresh(b, "l2vpn-evpn", true);
  rig.settle();
  assert.deepEqual(rig.at(b).refreshMarks, [1, 2, 1, 2]);
});
