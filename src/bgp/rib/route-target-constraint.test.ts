// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { reachBody, rtConstrainFamily, unreachBody } from "./testing/path-spec.ts";
import { macNlri, plainPath, RibRig } from "./testing/rib-rig.ts";
import type { PeerSlot, RibPeer } from "./types.ts";

const asking: Partial<RibPeer> = { families: ["l2vpn-evpn", "rt-constrain"] };
const target = (n: number): number[] => [0, 2, 0xfd, 0xe8, 0, 0, n >> 8, n & 255];
const membership = (n: number): number[] => [96, 0, 0, 0xfd, 0xe8, ...target(n)];
const targets = (...list: number[]) => ({ ...plainPath, targets: list.map(target) });

class Rig extends RibRig {
  /** Routes with these MACs and one list of route targets. */
  announce(slot: PeerSlot, macs: readonly number[], ...list: number[]): void {
    this.ok(
      slot,
      reachBody(
        targets(...list),
        macs.map((n) => macNlri(n)),
        4,
        true,
        true,
      ),
    );
  }

  withdraw(slot: PeerSlot, ...macs: number[]): void {
    this.ok(slot, unreachBody(macs.map((n) => macNlri(n))));
  }

  join(slot: PeerSlot, ...list: (readonly number[])[]): void {
    this.ok(slot, reachBody({ ...plainPath, targets: [] }, list, 4, true, true, rtConstrainFamily));
  }

  leave(slot: PeerSlot, ...list: (readonly number[])[]): void {
    this.ok(slot, unreachBody(list, rtConstrainFamily));
  }

  ok(slot: PeerSlot, body: Uint8Array): void {
    assert.equal(this.update(slot, body).reaction, "ok");
  }

  /** A peer that asked for these and said that this is all. */
  asker(n: number, ...list: (readonly number[])[]): PeerSlot {
    const slot = this.peer(n, asking);
    if (list.length > 0) this.join(slot, ...list);
    this.ok(slot, unreachBody([], rtConstrainFamily));
    this.settle();
    return slot;
  }

  /** What the peer is sent from now until the RIB is quiet: routes announced, routes withdrawn. */
  heard(slot: PeerSlot, during: () => void): { announced: number; withdrawn: number } {
    const far = this.at(slot);
    const before = { announced: far.announced, withdrawn: far.withdrawn };
    during();
    this.settle();
    return { announced: far.announced - before.announced, withdrawn: far.withdrawn - before.withdrawn };
  }
}

test("no route before the End-of-RIB of memberships, then those asked for and the End-of-RIB — RFC 4684 §6", () => {
  const rig = new Rig();
  const source = rig.peer(1);
  rig.announce(source, [1, 2], 1);
  rig.announce(source, [3], 2);
  const host = rig.peer(2, asking);
  rig.join(host, membership(1));
  rig.settle();
  assert.deepEqual([rig.at(host).table.size, rig.at(host).endOfRib], [0, 0]);
  assert.equal(rig.at(host).endOfMemberships, 1, "ours waits for nothing");
  rig.ok(host, unreachBody([], rtConstrainFamily));
  rig.settle();
  assert.deepEqual([rig.at(host).table.size, rig.at(host).endOfRib], [2, 1]);
  assert.deepEqual([rig.rib.peerStats(host)?.sent, rig.rib.peerStats(host)?.withheld], [2, 1]);
});

test("a peer that never says End-of-RIB is not waited for without end", () => {
  const rig = new Rig();
  rig.announce(rig.peer(1), [1], 1);
  const host = rig.peer(2, asking);
  rig.join(host, membership(1));
  rig.rib.completeMemberships(host);
  rig.settle();
  assert.equal(rig.at(host).table.size, 1);
});

test("a join sends the routes of that route target and nothing else, a leave takes them back", () => {
  const rig = new Rig();
  const source = rig.peer(1);
  for (let n = 0; n < 50; n++) rig.announce(source, [n * 2, n * 2 + 1], n);
  const host = rig.asker(2, membership(3));
  assert.deepEqual(
    rig.heard(host, () => rig.join(host, membership(7), membership(8))),
    { announced: 4, withdrawn: 0 },
  );
  assert.deepEqual(
    rig.heard(host, () => rig.join(host, membership(7))),
    { announced: 0, withdrawn: 0 },
  );
  assert.deepEqual(
    rig.heard(host, () => rig.leave(host, membership(7))),
    { announced: 0, withdrawn: 2 },
  );
  assert.deepEqual(
    rig.heard(host, () => rig.leave(host, membership(7), membership(40))),
    { announced: 0, withdrawn: 0 },
  );
  assert.equal(rig.at(host).table.size, 4);
});

test("a route with two route targets stays while one of them is asked for", () => {
  const rig = new Rig();
  const source = rig.peer(1);
  rig.announce(source, [1], 1, 2);
  const host = rig.asker(2, membership(1));
  assert.deepEqual(
    rig.heard(host, () => rig.join(host, membership(2))),
    { announced: 0, withdrawn: 0 },
  );
  assert.deepEqual(
    rig.heard(host, () => rig.leave(host, membership(1))),
    { announced: 0, withdrawn: 0 },
  );
  assert.deepEqual(
    rig.heard(host, () => rig.leave(host, membership(2))),
    { announced: 0, withdrawn: 1 },
  );
});

test("two origin ASes ask for one route target: it stays until both have let go", () => {
  const rig = new Rig();
  rig.announce(rig.peer(1), [1], 1);
  const other = membership(1).with(4, 1);
  const host = rig.asker(2, membership(1), other);
  assert.deepEqual(
    rig.heard(host, () => rig.leave(host, membership(1))),
    { announced: 0, withdrawn: 0 },
  );
  assert.deepEqual(
    rig.heard(host, () => rig.leave(host, other)),
    { announced: 0, withdrawn: 1 },
  );
});

test("who does not ask for a route hears neither of its changes nor of its end", () => {
  const rig = new Rig();
  const source = rig.peer(1);
  const host = rig.asker(2, membership(1));
  const other = rig.asker(3, membership(2));
  assert.deepEqual(
    rig.heard(other, () => rig.announce(source, [1, 2, 3], 1)),
    { announced: 0, withdrawn: 0 },
  );
  assert.deepEqual(
    rig.heard(other, () => rig.withdraw(source, 1)),
    { announced: 0, withdrawn: 0 },
  );
  assert.equal(rig.at(host).table.size, 2);
});

test("a route that moves to another route target goes here and comes there", () => {
  const rig = new Rig();
  const source = rig.peer(1);
  const [one, two, both, all] = [
    rig.asker(2, membership(1)),
    rig.asker(3, membership(2)),
    rig.asker(4, membership(1), membership(2)),
    rig.peer(5),
  ];
  rig.announce(source, [1], 1);
  rig.settle();
  const heard = [one, two, both, all].map((slot) => ({ slot, before: rig.at(slot).withdrawn }));
  rig.announce(source, [1], 2);
  rig.settle();
  assert.deepEqual(
    heard.map(({ slot, before }) => [rig.at(slot).table.size, rig.at(slot).withdrawn - before]),
    [
      [0, 1],
      [1, 0],
      [1, 0],
      [1, 0],
    ],
  );
});

test("ranges of route targets: the default membership, an AS alone, and first bits", () => {
  const rig = new Rig();
  const source = rig.peer(1);
  rig.announce(source, [1], 0x100);
  rig.announce(source, [2], 0x1ff);
  rig.announce(source, [3], 0x200);
  rig.announce(source, [4]);
  const size = (...list: (readonly number[])[]): number => rig.at(rig.asker(10 + list.flat().length, ...list)).table.size;
  assert.equal(size([0]), 4, "all, also the one without a route target");
  assert.equal(size([32, 0, 0, 0xfd, 0xe8]), 4);
  assert.equal(size([88, 0, 0, 0xfd, 0xe8, ...target(0x100).slice(0, 7)]), 2);
  assert.equal(size([87, 0, 0, 0xfd, 0xe8, ...target(0x200).slice(0, 7)]), 1, "0x02 and 0x03");
  assert.equal(size(), 0);
});

test("ES-Import is a route target of Ethernet Segment routes — RFC 7432 §7.6", () => {
  const rig = new Rig();
  const source = rig.peer(1);
  const segment = [4, 23, 0, 1, 10, 0, 0, 1, 0, 7, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 32, 10, 0, 0, 1];
  const esImport = [6, 2, 1, 2, 3, 4, 5, 6];
  rig.ok(source, reachBody({ ...plainPath, targets: [esImport] }, [segment], 4, true, true));
  assert.equal(rig.at(rig.asker(2, [96, 0, 0, 0xfd, 0xe8, ...esImport])).table.size, 1);
  assert.equal(rig.at(rig.asker(3, [96, 0, 0, 0xfd, 0xe8, ...esImport.with(7, 9)])).table.size, 0);
});

test("a peer that does not read gets joins and leaves as what they come to", () => {
  const rig = new Rig();
  const source = rig.peer(1);
  rig.announce(source, [1, 2], 1);
  rig.announce(source, [3], 2);
  const host = rig.asker(2, membership(1));
  rig.full.add(host);
  rig.announce(source, [4], 1);
  rig.settle();
  rig.leave(host, membership(1));
  rig.settle();
  rig.join(host, membership(2));
  rig.withdraw(source, 1);
  rig.settle();
  rig.full.delete(host);
  rig.rib.drained(host);
  rig.settle();
  assert.equal(rig.at(host).table.size, 1);
});

test("memberships of clients go to non-clients with the path of a client, to clients only the default one", () => {
  const rig = new Rig();
  const [a, b] = [rig.asker(1, membership(1)), rig.asker(2, membership(1))];
  const far = rig.peer(3, { ...asking, role: "non-client" });
  rig.join(far, membership(1), membership(2));
  rig.settle();
  const key = Buffer.from(membership(1)).toString("hex");
  assert.deepEqual([...rig.at(a).memberships.keys()], ["00"]);
  assert.deepEqual([...rig.at(far).memberships.keys()], [key]);
  assert.match(rig.at(far).memberships.get(key)!, / 9:80=00000001 /, "ORIGINATOR_ID is the first client");
  rig.leave(a, membership(1));
  rig.settle();
  assert.match(rig.at(far).memberships.get(key)!, / 9:80=00000002 /);
  rig.leave(b, membership(1));
  rig.settle();
  assert.equal(rig.at(far).memberships.size, 0);
});

test("a peer that takes no part is asked for everything on its behalf, but not of those who could not reach it", () => {
  const rig = new Rig();
  const far = rig.peer(1, { ...asking, role: "non-client" });
  const other = rig.peer(2, { role: "non-client" });
  rig.settle();
  assert.equal(rig.at(far).memberships.size, 0, "non-clients hear nothing from each other");
  const plain = rig.peer(3);
  rig.settle();
  assert.deepEqual([...rig.at(far).memberships.keys()], ["00"]);
  rig.rib.removePeer(plain);
  rig.settle();
  assert.equal(rig.at(far).memberships.size, 0);
  rig.rib.askForAll(true);
  rig.settle();
  assert.equal(rig.at(far).memberships.size, 1);
  assert.equal(rig.at(other).memberships.size, 0);
});

test("routes of this speaker's own memberships, and their end", () => {
  const rig = new Rig();
  const far = rig.asker(1);
  const route = {
    family: "rt-constrain",
    nlri: Uint8Array.from(membership(9)),
    attributes: Uint8Array.of(0x40, 1, 1, 0, 0x40, 2, 0),
    nextHop: Uint8Array.of(10, 0, 0, 9),
  } as const;
  const nonClient = rig.peer(2, { ...asking, role: "non-client" });
  rig.rib.announceLocal(route);
  rig.settle();
  assert.equal(rig.at(nonClient).memberships.size, 1);
  assert.deepEqual([...rig.at(far).memberships.keys()], ["00"]);
  assert.equal(rig.rib.withdrawLocal("rt-constrain", route.nlri), true);
  rig.settle();
  assert.equal(rig.at(nonClient).memberships.size, 0);
  assert.throws(() => rig.rib.announceLocal({ ...route, nlri: Uint8Array.of(20, 1, 2, 3) }), RangeError);
});

test("a refresh sends memberships again between marks; one for routes sends what was asked for", () => {
  const rig = new Rig();
  rig.announce(rig.peer(1), [1, 2], 1);
  rig.announce(rig.peer(4), [3], 2);
  const host = rig.asker(2, membership(1));
  const far = rig.at(host);
  far.memberships.clear();
  rig.rib.routeRefresh(host, "rt-constrain", true);
  rig.settle();
  assert.deepEqual([[...far.memberships.keys()], far.refreshMarks], [["00"], [1, 2]]);
  assert.deepEqual(
    rig.heard(host, () => rig.rib.routeRefresh(host, "l2vpn-evpn", false)),
    { announced: 2, withdrawn: 0 },
  );
});

test("a refresh asked for before the first memberships are sent, or again and again, adds no marks — RFC 7313 §4", () => {
  const rig = new Rig();
  const host = rig.peer(2, asking);
  for (let i = 0; i < 1000; i++) rig.rib.routeRefresh(host, "rt-constrain", true);
  rig.settle();
  assert.deepEqual(rig.at(host).refreshMarks, []);
  for (let i = 0; i < 1000; i++) rig.rib.routeRefresh(host, "rt-constrain", true);
  rig.settle();
  assert.deepEqual(rig.at(host).refreshMarks, [1, 2]);
});

test("a refresh of routes asked for before it is known which ones is answered by the first table — RFC 7313 §4", () => {
  const rig = new Rig();
  rig.announce(rig.peer(1), [1, 2, 3], 1);
  const host = rig.peer(2, asking);
  rig.rib.routeRefresh(host, "l2vpn-evpn", true);
  rig.settle();
  assert.deepEqual([rig.at(host).refreshMarks, rig.at(host).table.size], [[], 0]);
  rig.join(host, membership(1));
  rig.rib.completeMemberships(host);
  rig.settle();
  assert.deepEqual([rig.at(host).refreshMarks, rig.at(host).table.size], [[], 3]);
});

test("memberships that were not repeated between the marks of a refresh go", () => {
  const rig = new Rig();
  rig.announce(rig.peer(1), [1], 1);
  rig.announce(rig.peer(4), [2], 2);
  const host = rig.asker(2, membership(1), membership(2));
  rig.rib.markStale(host, "rt-constrain");
  rig.join(host, membership(2));
  rig.rib.sweepStale(host, "rt-constrain");
  rig.settle();
  assert.deepEqual([rig.at(host).table.size, rig.rib.peerStats(host)?.memberships], [1, 1]);
});

test("memberships outlive a restart when they are kept, and then it is their End-of-RIB that ends the old ones", () => {
  const rig = new Rig();
  rig.announce(rig.peer(1), [1], 1);
  const far = rig.asker(3, [0]);
  const other = rig.peer(4, { ...asking, role: "non-client" });
  const host = rig.asker(2, membership(1));
  rig.rib.removePeer(host, { keepStale: ["l2vpn-evpn", "rt-constrain"] });
  rig.settle();
  assert.equal(rig.at(other).memberships.size, 2);
  assert.equal(rig.asker(2, membership(5)), host);
  assert.deepEqual([...rig.at(other).memberships.keys()].toSorted(), ["00", Buffer.from(membership(5)).toString("hex")]);
  assert.equal(rig.at(far).table.size, 1);
});

test("a malformed membership ends the session, and nothing of its field counts", () => {
  const rig = new Rig();
  rig.announce(rig.peer(1), [1], 1);
  const host = rig.asker(2);
  const verdict = rig.update(host, reachBody({ ...plainPath, targets: [] }, [membership(1), [12, 1, 2]], 4, true, true, rtConstrainFamily));
  assert.ok(verdict.reaction === "disable-family" || verdict.reaction === "reset", verdict.reaction);
  rig.settle();
  assert.equal(rig.at(host).table.size, 0);
});

test("routes that come and go leave nothing behind in the index", () => {
  const rig = new Rig();
  const source = rig.peer(1);
  const host = rig.asker(2, membership(1));
  for (let round = 0; round < 40; round++) {
    rig.announce(
      source,
      Array.from({ length: 30 }, (_, i) => i),
      1,
    );
    rig.settle();
    rig.withdraw(source, ...Array.from({ length: 29 }, (_, i) => i));
    rig.settle();
  }
  const late = rig.peer(3, asking);
  rig.join(late, membership(1));
  assert.deepEqual(
    rig.heard(late, () => rig.ok(late, unreachBody([], rtConstrainFamily))),
    { announced: 1, withdrawn: 0 },
  );
  assert.equal(rig.at(host).table.size, 1);
});

test("a policy that edits route targets: memberships cannot speak of those, so everything is sent and asked for", () => {
  const rig = new Rig();
  const source = rig.peer(1);
  rig.announce(source, [1], 1);
  const host = rig.asker(2, membership(2));
  const rewrite = {
    name: "zone",
    default: "accept",
    rules: [{ name: "#1", action: "accept", set: { routeTarget: { add: ["65000:2"] } } }],
  } as const;
  assert.deepEqual(
    rig.heard(host, () => rig.rib.setPolicy(host, { export: rewrite })),
    { announced: 1, withdrawn: 0 },
  );
  assert.match([...rig.at(host).table.values()].join(), /0002fde8000000010002fde800000002/);
  assert.deepEqual(
    rig.heard(host, () => rig.rib.setPolicy(host, undefined)),
    { announced: 0, withdrawn: 1 },
  );
  rig.rib.removePeer(source);
  const other = rig.peer(3, { ...asking, role: "non-client" });
  const zone = rig.peer(4, { ...asking, role: "non-client", policy: { rewriteTargets: { from: 1, to: 2 } } });
  rig.settle();
  assert.deepEqual([rig.at(other).memberships.has("00"), rig.at(zone).memberships.has("00")], [false, true]);
});

const denyTarget = (n: number) =>
  ({
    name: "p",
    default: "accept",
    rules: [{ name: "#1", action: "deny", match: { routeTarget: [`65000:${n}`] } }],
  }) as const;

test("a leave while the routes are gone through for a new export policy takes back what it named", () => {
  const rig = new Rig({ sizes: { step: 2 } });
  const source = rig.peer(1);
  const all = Array.from({ length: 20 }, (_, n) => n);
  rig.announce(source, all, 1);
  const host = rig.asker(2, membership(1));
  assert.equal(rig.at(host).table.size, 20);
  assert.deepEqual(
    rig.heard(host, () => {
      rig.rib.setPolicy(host, { export: denyTarget(9) });
      rig.rib.flush();
      rig.leave(host, membership(1));
    }),
    { announced: 0, withdrawn: 20 },
  );
});

test("an export policy that comes before the first routes is in force when those are sent, and takes nothing back", () => {
  const rig = new Rig();
  rig.announce(rig.peer(1), [1, 2], 1);
  rig.announce(rig.peer(2), [3], 2);
  const host = rig.peer(3, asking);
  rig.settle();
  assert.deepEqual(
    rig.heard(host, () => rig.rib.setPolicy(host, { export: denyTarget(2) })),
    { announced: 0, withdrawn: 0 },
  );
  rig.join(host, membership(1), membership(2));
  rig.ok(host, unreachBody([], rtConstrainFamily));
  rig.settle();
  assert.equal(rig.at(host).table.size, 2);
});

test("memberships beyond the limit of a peer are counted as refused", () => {
  const rig = new Rig();
  const host = rig.peer(1, { ...asking, policy: { routeLimit: 2 } });
  const join = reachBody({ ...plainPath, targets: [] }, [1, 2, 3, 4].map(membership), 4, true, true, rtConstrainFamily);
  const { announced, refused } = rig.update(host, join);
  assert.deepEqual([announced, refused?.map((r) => [r.rule.kind, r.routes]), rig.rib.memberships(host)], [2, [["limit", 2]], 2]);
  assert.deepEqual(
    rig.rib.peerStats(host)?.refused.map((r) => r.routes),
    [2],
  );
});
