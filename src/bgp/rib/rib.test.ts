// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { attribute, attributesOf, reachBody, u32, unreachBody, updateBody } from "./testing/path-spec.ts";
import { macNlri, plainPath, RibRig } from "./testing/rib-rig.ts";

const reach = (nlri: readonly (readonly number[])[], path = plainPath): Uint8Array => reachBody(path, nlri, 4, true, true);
/** MP_REACH_NLRI with one MAC route in front of the given attributes. */
const reachWith = (others: readonly number[], n = 1): Uint8Array =>
  updateBody([...attribute(0x90, 14, [0, 25, 70, 4, 10, 9, 9, 1, 0, ...macNlri(n)]).toSpliced(2, 1, 0, 9 + 35), ...others]);
const plain = attributesOf(plainPath, 4, true);

test("a new peer gets an End-of-RIB for each family, and not before a flush", () => {
  const rig = new RibRig();
  const slot = rig.peer(1, { families: ["l2vpn-evpn", "ipv6-unicast"] });
  assert.equal(rig.at(slot).messages, 0);
  rig.settle();
  assert.equal(rig.at(slot).endOfRib, 2);
});

test("a route goes to all but its sender, a late joiner gets the table, a withdrawal reaches all", () => {
  const rig = new RibRig();
  const [a, b] = [rig.peer(1), rig.peer(2)];
  assert.deepEqual(rig.update(a, reach([macNlri(1), macNlri(2)])), { reaction: "ok", faults: [], announced: 2, withdrawn: 0 });
  rig.settle();
  const c = rig.peer(3);
  rig.settle();
  assert.deepEqual(
    [a, b, c].map((s) => rig.at(s).table.size),
    [0, 2, 2],
  );
  assert.equal(rig.update(a, unreachBody([macNlri(1, 7)])).withdrawn, 1);
  rig.settle();
  assert.deepEqual(
    [a, b, c].map((s) => rig.at(s).table.size),
    [0, 1, 1],
  );
  assert.equal(rig.rib.peerStats(c)?.sent, 1);
});

test("RFC 7606: a malformed attribute takes back the route that was there", () => {
  const rig = new RibRig();
  const [a, b] = [rig.peer(1), rig.peer(2)];
  rig.update(a, reach([macNlri(1)]));
  rig.settle();
  const verdict = rig.update(a, reachWith([...attribute(0x40, 1, [7]), ...plain.slice(4)]));
  assert.equal(verdict.reaction, "withdraw");
  assert.equal(verdict.faults.length, 1);
  rig.settle();
  assert.equal(rig.at(b).table.size, 0);
  assert.equal(rig.rib.peerStats(a)?.treatedAsWithdraw, 1);
});

test("RFC 7606: an attribute that runs past the others takes back the routes named before it", () => {
  const rig = new RibRig();
  const [a, b] = [rig.peer(1), rig.peer(2)];
  rig.update(a, reach([macNlri(1)]));
  assert.equal(rig.update(a, reachWith([...plain, 0x40, 5, 9, 0])).reaction, "withdraw");
  rig.settle();
  assert.equal(rig.at(b).table.size, 0);
  assert.equal(rig.rib.stats().routes, 0);
});

test("RFC 7606: what is to be discarded is not passed on, the route is", () => {
  const rig = new RibRig();
  const [a, b, c] = [rig.peer(1), rig.peer(2), rig.peer(3)];
  rig.update(c, reach([macNlri(1)]));
  rig.settle();
  const clean = [...rig.at(b).table.values()][0]!.replaceAll("0a000003", "");
  const twice = [...plain, ...attribute(0xc0, 16, [0, 2, 0, 1, 0, 0, 0, 9])];
  assert.equal(rig.update(a, reachWith(twice)).reaction, "discard");
  rig.settle();
  const got = [...rig.at(b).table.values()][0]!;
  assert.equal(rig.at(b).table.size, 1);
  assert.equal(got.split(" 9:")[0], clean.split(" 9:")[0]);
  assert.match(got, / 16:c0=0002fde800000001$/);
});

test("a missing mandatory attribute is treat-as-withdraw, a cut NLRI field gives up the family", () => {
  const rig = new RibRig();
  const a = rig.peer(1);
  assert.equal(rig.update(a, reachWith(plain.slice(4))).reaction, "withdraw");
  const cut = reach([macNlri(1).slice(0, 20)]);
  const verdict = rig.update(a, cut);
  assert.deepEqual([verdict.reaction, verdict.family], ["disable-family", "l2vpn-evpn"]);
  assert.equal(rig.update(a, Uint8Array.of(0, 9, 0, 0)).reaction, "reset");
  assert.equal(rig.rib.stats().routes, 0);
});

test("EVPN routes whose inner lengths are wrong are left out and counted; the others pass", () => {
  const rig = new RibRig();
  const [a, b] = [rig.peer(1), rig.peer(2)];
  const bad = macNlri(1).with(24, 47);
  const verdict = rig.update(a, reach([bad, macNlri(2)]));
  assert.deepEqual([verdict.reaction, verdict.announced, verdict.faults.length], ["withdraw", 1, 1]);
  rig.settle();
  assert.equal(rig.at(b).table.size, 1);
  assert.equal(rig.rib.peerStats(a)?.malformedNlri, 1);
});

test("loops are treated as withdrawals and counted by name", () => {
  const rig = new RibRig({ clusterId: 77 });
  const a = rig.peer(1);
  rig.update(a, reach([macNlri(1)]));
  rig.update(a, reach([macNlri(1)], { ...plainPath, asPath: [65001, 65000] }));
  rig.update(a, reach([macNlri(1)], { ...plainPath, originator: 0x0a630001 }));
  rig.update(a, reach([macNlri(1)], { ...plainPath, originator: 9, clusters: [5, 77] }));
  const { asLoops, originatorLoops, clusterLoops, received } = rig.rib.peerStats(a)!;
  assert.deepEqual({ asLoops, originatorLoops, clusterLoops, received }, { asLoops: 1, originatorLoops: 1, clusterLoops: 1, received: 0 });
  rig.settle();
  assert.equal(rig.rib.stats().attributeSets, 0);
});

test("families that are not held are passed over and counted", () => {
  const rig = new RibRig();
  const a = rig.peer(1);
  const vpn = updateBody(attribute(0x80, 15, [0, 1, 128, 0]));
  assert.equal(rig.update(a, vpn).reaction, "ok");
  assert.equal(rig.update(a, Uint8Array.of(0, 2, 8, 10, 0, 0)).reaction, "ok");
  assert.equal(rig.rib.peerStats(a)?.otherFamilies, 2);
});

test("End-of-RIB is told by family", () => {
  const rig = new RibRig();
  const a = rig.peer(1);
  assert.equal(rig.update(a, unreachBody([])).endOfRib, "l2vpn-evpn");
  assert.equal(rig.update(a, Uint8Array.of(0, 0, 0, 0)).endOfRib, "ipv4-unicast");
  assert.equal(rig.update(a, unreachBody([macNlri(1)])).endOfRib, undefined);
});

test("a peer that restarts and says the same again disturbs nobody; what it leaves out goes with its End-of-RIB", () => {
  const rig = new RibRig();
  const [a, b] = [rig.peer(1), rig.peer(2)];
  rig.update(a, reach([macNlri(1), macNlri(2)]));
  rig.settle();
  rig.rib.removePeer(a, { keepStale: ["l2vpn-evpn"] });
  rig.settle();
  const before = rig.at(b).messages;
  assert.equal(rig.rib.routes().routes.filter((r) => r.stale).length, 2);
  assert.equal(rig.peer(1), a);
  rig.update(a, reach([macNlri(1)]));
  rig.settle();
  assert.equal(rig.at(b).messages, before);
  assert.equal(rig.rib.routes().routes.filter((r) => r.stale).length, 1);
  rig.update(a, unreachBody([]));
  rig.settle();
  assert.equal(rig.at(b).table.size, 1);
  assert.equal(rig.rib.stats().routes, 1);
});

test("of a peer that fell silent stays what it reflected for others, and goes when another reflector takes it back", () => {
  const rig = new RibRig();
  const [a, b, c] = [rig.peer(1), rig.peer(2), rig.peer(3)];
  const reflected = { ...plainPath, originator: 0x0a630207 };
  rig.update(a, reach([macNlri(1)]));
  rig.update(a, reach([macNlri(2), macNlri(3)], reflected));
  rig.update(b, reach([macNlri(2)], { ...reflected, clusters: [1] }));
  rig.settle();
  rig.rib.removePeer(a, { keepStale: ["l2vpn-evpn"], reflectedOnly: true });
  rig.settle();
  assert.equal(rig.at(c).table.size, 2);
  rig.update(b, unreachBody([macNlri(2), macNlri(3)]));
  rig.settle();
  // The other one was never b's to take back.
  assert.deepEqual(
    rig.rib.routes().routes.map((r) => r.stale),
    [true],
  );
  assert.equal(rig.at(c).table.size, 1);
});

test("of a peer that fell silent goes what another reflector took back before anybody knew; what it said anew meanwhile stays", () => {
  const rig = new RibRig();
  const [a, b, c] = [rig.peer(1), rig.peer(2), rig.peer(3)];
  const reflected = { ...plainPath, originator: 0x0a630207 };
  const routes = [macNlri(1), macNlri(2), macNlri(3)];
  rig.update(a, reach(routes, reflected));
  rig.update(b, reach(routes, { ...reflected, clusters: [1] }));
  rig.update(b, unreachBody([macNlri(1), macNlri(2)]));
  // One is back, as a can know; of the other its last word is older than b's.
  rig.update(a, reach([macNlri(2)], reflected));
  rig.settle();
  assert.equal(rig.at(c).table.size, 3);
  rig.rib.removePeer(a, { keepStale: ["l2vpn-evpn"], reflectedOnly: true });
  rig.settle();
  assert.equal(rig.at(c).table.size, 2);
  assert.equal(rig.rib.stats().routes, 2);
  // b's own is no longer in doubt, either.
  rig.rib.removePeer(b, { keepStale: ["l2vpn-evpn"], reflectedOnly: true });
  rig.settle();
  assert.equal(rig.at(c).table.size, 2);
});

test("of what is kept for a peer goes what it announced itself when its host is found dead, and the rest with its time", () => {
  const rig = new RibRig();
  const [a, b] = [rig.peer(1), rig.peer(2)];
  rig.update(a, reach([macNlri(1)]));
  rig.update(a, reach([macNlri(2)], { ...plainPath, originator: 0x0a630207 }));
  rig.settle();
  assert.equal(rig.rib.sweepOwn("peer1"), false);
  rig.rib.removePeer(a, { keepStale: ["l2vpn-evpn"] });
  rig.settle();
  assert.equal(rig.at(b).table.size, 2);
  assert.ok(rig.rib.sweepOwn("peer1"));
  rig.settle();
  assert.equal(rig.at(b).table.size, 1);
  assert.ok(rig.rib.sweepStale("peer1"));
  rig.settle();
  assert.equal(rig.at(b).table.size, 0);
  assert.equal(rig.rib.sweepOwn("peer1"), false);
});

test("what a host announced here itself outlives what a reflector without graceful restart says of it", () => {
  const rig = new RibRig();
  const routerId = 0x0a000001;
  const [host, reflector] = [rig.peer(1, { routerId }), rig.peer(2)];
  rig.update(host, reach([macNlri(1)]));
  rig.update(reflector, reach([macNlri(1)], { ...plainPath, originator: routerId, clusters: [2] }));
  rig.settle();
  rig.rib.removePeer(host, { keepStale: ["l2vpn-evpn"] });
  rig.update(reflector, unreachBody([macNlri(1)]));
  rig.settle();
  assert.deepEqual(
    rig.rib.routes().routes.map((r) => r.stale),
    [true],
  );
});

test("long-lived staleness marks routes, for those who know of it only", () => {
  const rig = new RibRig();
  const [a, b, c] = [rig.peer(1), rig.peer(2), rig.peer(3, { longLivedGracefulRestart: true })];
  rig.update(a, reach([macNlri(1)]));
  rig.update(a, reach([macNlri(2)], { ...plainPath, communities: [0xffff0007] }));
  rig.settle();
  rig.rib.removePeer(a, { keepStale: ["l2vpn-evpn"] });
  assert.ok(rig.rib.markLongLivedStale("peer1"));
  rig.settle();
  assert.equal(rig.at(b).table.size, 0);
  assert.match([...rig.at(c).table.values()].join(), / 8:c0=ffff0006 /);
  assert.equal(rig.at(c).table.size, 1);
  assert.ok(rig.rib.sweepStale("peer1"));
  rig.settle();
  assert.equal(rig.at(c).table.size, 0);
  assert.equal(rig.rib.stats().attributeSets, 0);
  assert.equal(rig.rib.sweepStale("peer1"), false);
});

test("a congested peer gets the newest state, not the history", () => {
  const rig = new RibRig();
  const [a, b] = [rig.peer(1), rig.peer(2)];
  rig.settle();
  rig.full.add(b);
  rig.update(a, reach([macNlri(1), macNlri(2)]));
  rig.settle();
  assert.equal(rig.rib.peerStats(b)?.congested, true);
  const before = rig.at(b).messages;
  for (let i = 0; i < 50; i++) {
    rig.update(a, reach([macNlri(1, i), macNlri(3 + i)]));
    rig.update(a, unreachBody([macNlri(2), macNlri(3 + i)]));
    rig.settle();
  }
  assert.equal(rig.at(b).messages, before);
  assert.equal(rig.rib.peerStats(b)?.missed, 52);
  rig.full.delete(b);
  rig.rib.drained(b);
  rig.settle();
  assert.equal(rig.at(b).messages, before + 2);
  assert.equal(rig.at(b).table.size, 1);
  assert.match([...rig.at(b).table.keys()].join(), /020000000001/);
  assert.equal(rig.rib.peerStats(b)?.missed, 0);
});

test("a refresh sends the table again between marks", () => {
  const rig = new RibRig({ sizes: { step: 3 } });
  const [a, b] = [rig.peer(1), rig.peer(2)];
  rig.update(a, reach(Array.from({ length: 20 }, (_, i) => macNlri(i))));
  rig.settle();
  rig.at(b).table.clear();
  rig.rib.routeRefresh(b, "l2vpn-evpn", true);
  rig.settle();
  assert.equal(rig.at(b).table.size, 20);
  assert.deepEqual(rig.at(b).refreshMarks, [1, 2]);
  rig.rib.routeRefresh(b, "vpnv4", true);
  rig.settle();
  assert.deepEqual(rig.at(b).refreshMarks, [1, 2]);
});

test("routes too long for a peer's messages are withdrawn from it and counted", () => {
  const rig = new RibRig();
  const [a, b, c] = [rig.peer(1, { maxMessage: 65535 }), rig.peer(2), rig.peer(3, { maxMessage: 65535 })];
  rig.update(a, reach([macNlri(1)]));
  rig.settle();
  assert.equal(rig.at(b).table.size, 1);
  const communities = Array.from({ length: 1100 }, (_, i) => 0xfde80000 + i);
  rig.update(a, reach([macNlri(1)], { ...plainPath, communities }));
  rig.settle();
  assert.equal(rig.at(b).table.size, 0);
  assert.equal(rig.at(c).table.size, 1);
  assert.equal(rig.rib.stats().oversize, 1);
});

test("a route of this speaker beats the same from a peer and gives way when taken back", () => {
  const rig = new RibRig();
  const [a, b] = [rig.peer(1), rig.peer(2)];
  const seen: string[] = [];
  rig.rib.subscribe((changes) => seen.push(...changes.map((c) => c.path?.fromName ?? "none")));
  rig.update(a, reach([macNlri(1)], { ...plainPath, localPref: 500, sequence: 9 }));
  rig.settle();
  const nlri = Uint8Array.from(macNlri(1));
  const local = { family: "l2vpn-evpn", nlri, attributes: Uint8Array.from(plain), nextHop: Uint8Array.from(u32(0x0a000063)) } as const;
  rig.rib.announceLocal(local);
  rig.settle();
  assert.match([...rig.at(a).table.values()].join(), /via 0a000063/);
  assert.equal(rig.rib.withdrawLocal("l2vpn-evpn", nlri), true);
  assert.equal(rig.rib.withdrawLocal("l2vpn-evpn", nlri), false);
  rig.settle();
  assert.equal(rig.at(a).table.size, 0);
  assert.match([...rig.at(b).table.values()].join(), /via 0a090901/);
  rig.rib.removePeer(a);
  rig.settle();
  assert.deepEqual(seen, ["peer1", "local", "peer1", "none"]);
  assert.throws(() => rig.rib.announceLocal({ ...local, nlri: nlri.subarray(0, 9) }), RangeError);
  assert.throws(() => rig.rib.announceLocal({ ...local, family: "vpnv4" }), RangeError);
});

test("pages of the looking glass give every route once", () => {
  const rig = new RibRig();
  const [a, b] = [rig.peer(1), rig.peer(2)];
  rig.update(a, reach(Array.from({ length: 50 }, (_, i) => macNlri(i))));
  rig.update(b, reach(Array.from({ length: 10 }, (_, i) => macNlri(i))));
  const page = (filter: Parameters<typeof rig.rib.routes>[0]): number[] => {
    const seen: number[] = [];
    for (let after: number | undefined = 0; after !== undefined;) {
      const { routes, after: next }: ReturnType<typeof rig.rib.routes> = rig.rib.routes(filter, 7, after);
      seen.push(...routes.map((r) => r.nlri[30]!));
      after = next;
    }
    return seen;
  };
  assert.equal(page({}).length, 60);
  assert.deepEqual(
    page({ best: true }),
    Array.from({ length: 50 }, (_, i) => i),
  );
  assert.equal(page({ peer: "peer2" }).length, 10);
  assert.equal(page({ type: 3 }).length, 0);
  assert.equal(page({ match: (r) => r.from === b && r.nlri[30]! > 6 }).length, 3);
});

test("thousands of routes through a small index, none lost and none left", () => {
  const rig = new RibRig({ sizes: { indexSlots: 8, pageWords: 256 } });
  const [a, b] = [rig.peer(1), rig.peer(2)];
  const all = Array.from({ length: 6000 }, (_, i) => macNlri(i));
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < all.length; i += 100) rig.update(a, reach(all.slice(i, i + 100)));
    rig.settle();
    assert.deepEqual([rig.rib.stats().routes, rig.at(b).table.size], [6000, 6000]);
    for (let i = 0; i < all.length; i += 100) rig.update(a, unreachBody(all.slice(i, i + 100)));
    rig.settle();
    assert.deepEqual([rig.rib.stats().routes, rig.at(b).table.size, rig.rib.stats().attributeSets], [0, 0, 0]);
  }
});

test("an update for a slot without a session is a fault of the caller", () => {
  const rig = new RibRig();
  const a = rig.peer(1);
  rig.rib.removePeer(a);
  assert.throws(() => rig.update(a, unreachBody([])), RangeError);
});

test("an AS_PATH that does not fit with four-octet numbers is treated as withdrawn", () => {
  const rig = new RibRig();
  const a = rig.peer(1, { fourOctetAs: false, maxMessage: 65535 });
  const segment = [2, 255, ...Array.from({ length: 510 }, () => 1)];
  const asPath = attribute(0x50, 2, Array.from({ length: 100 }, () => segment).flat());
  const verdict = rig.update(a, reachWith([...plain.slice(0, 4), ...asPath, ...plain.slice(7)]));
  assert.equal(verdict.reaction, "withdraw");
  assert.equal(rig.rib.stats().routes, 0);
  const short = attribute(0x50, 2, Array.from({ length: 60 }, () => segment).flat());
  assert.equal(rig.update(a, reachWith([...plain.slice(0, 4), ...short, ...plain.slice(7)])).reaction, "ok");
  assert.equal(rig.rib.stats().routes, 1);
});

test("what is already on its way out is not swept twice", () => {
  const rig = new RibRig();
  const a = rig.peer(1);
  rig.update(a, reach([macNlri(1)]));
  rig.rib.removePeer(a);
  assert.equal(rig.rib.sweepStale(a), false);
  rig.rib.removePeer(a);
  rig.settle();
  assert.equal(rig.peer(2), a);
  rig.settle();
  assert.equal(rig.rib.peerStats(a)?.received, 0);
});

test("MED: a withdrawal that frees another path of the same neighbour changes the best path", () => {
  const rig = new RibRig();
  const [x1, x2, y, watcher] = [rig.peer(9), rig.peer(1), rig.peer(5), rig.peer(20)];
  rig.update(x1, reach([macNlri(1)], { ...plainPath, asPath: [65001], med: 0 }));
  rig.update(x2, reach([macNlri(1)], { ...plainPath, asPath: [65001], med: 1 }));
  rig.update(y, reach([macNlri(1)], { ...plainPath, asPath: [65002] }));
  rig.settle();
  const best = (): string => rig.rib.routes({ best: true }).routes[0]!.fromName;
  assert.equal(best(), "peer5");
  rig.update(x1, unreachBody([macNlri(1)]));
  rig.settle();
  assert.equal(best(), "peer1");
  assert.match([...rig.at(watcher).table.values()].join(), / 9:80=00000001 /);
});

test("what is stale from one restart does not survive the next", () => {
  const rig = new RibRig();
  const a = rig.peer(1);
  rig.update(a, reach([macNlri(1)]));
  rig.rib.removePeer(a, { keepStale: ["l2vpn-evpn"] });
  rig.peer(1);
  rig.update(a, reach([macNlri(2)]));
  rig.settle();
  assert.equal(rig.rib.received(a), 2);
  rig.rib.removePeer(a, { keepStale: ["l2vpn-evpn"] });
  rig.settle();
  assert.deepEqual(
    rig.rib.routes().routes.map((r) => r.nlri[30]),
    [2],
  );
});

test("a listener may answer with routes of this speaker at once, even the same ones", () => {
  const rig = new RibRig({ sizes: { batch: 3 } });
  const [a, b] = [rig.peer(1), rig.peer(2)];
  const nextHop = Uint8Array.from([10, 0, 0, 99]);
  rig.rib.subscribe((changes) => {
    for (const { path, nlri } of changes) {
      if (path?.fromName !== "peer1") continue;
      rig.rib.announceLocal({ family: "l2vpn-evpn", nlri, attributes: Uint8Array.from(plain), nextHop });
      for (let i = 0; i < 10; i++) {
        const other = Uint8Array.from(macNlri(nlri[30]! * 100 + i));
        rig.rib.announceLocal({ family: "l2vpn-evpn", nlri: other, attributes: Uint8Array.from(plain), nextHop });
      }
    }
  });
  rig.settle();
  rig.update(a, reach(Array.from({ length: 50 }, (_, i) => macNlri(i + 1))));
  rig.settle();
  const tables = [a, b].map((s) => [...rig.at(s).table.values()]);
  assert.ok(tables.every((t) => t.length === 550 && t.every((text) => text.includes("via 0a000063"))));
});
