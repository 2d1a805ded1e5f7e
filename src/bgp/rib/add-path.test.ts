// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type PathSpec, reachBody, rtConstrainFamily, u32, unreachBody } from "./testing/path-spec.ts";
import { randomFrom, type Random } from "./testing/random.ts";
import { keyText } from "./testing/random-nlri.ts";
import { bestOf, expected, mayGo, type ModelPath, type ModelPeer, self } from "./testing/reference-model.ts";
import { macNlri, plainPath, RibRig } from "./testing/rib-rig.ts";
import type { PeerPolicy } from "./policy/model.ts";
import type { PeerSlot } from "./types.ts";

const withId = (pathId: number, nlri: readonly number[]): number[] => [...u32(pathId), ...nlri];
const path = (more: Partial<PathSpec>): PathSpec => ({ ...plainPath, ...more });
const announce = (rig: RibRig, slot: PeerSlot, spec: PathSpec, ...nlri: readonly number[][]): void =>
  assert.equal(rig.update(slot, reachBody(spec, nlri, 4, true, true)).reaction, "ok");
const withdraw = (rig: RibRig, slot: PeerSlot, ...nlri: readonly number[][]): void =>
  assert.equal(rig.update(slot, unreachBody(nlri)).reaction, "ok");

test("a peer that wants all paths gets those of every other peer, each under an identifier that stays", () => {
  const rig = new RibRig();
  const [a, b, all, best] = [rig.peer(1), rig.peer(2), rig.peer(3, { addPath: { receive: false, send: "all" } }), rig.peer(4)];
  rig.settle();
  announce(rig, a, path({ localPref: 200 }), macNlri(1));
  announce(rig, b, path({}), macNlri(1));
  rig.settle();
  assert.deepEqual([rig.at(all).table.size, rig.at(best).table.size], [2, 1]);
  const keys = [...rig.at(all).table.keys()];
  announce(rig, b, path({ localPref: 300 }), macNlri(1));
  rig.settle();
  assert.deepEqual([...rig.at(all).table.keys()], keys, "another best path, the same identifiers");
  assert.equal(rig.at(all).announced, 3, "only what changed was sent again");
  withdraw(rig, b, macNlri(1));
  rig.settle();
  assert.deepEqual([[...rig.at(all).table.keys()], rig.at(all).withdrawn, rig.at(all).idle], [keys.slice(0, 1), 1, 0]);
  const late = rig.peer(5, { addPath: { receive: false, send: "all" } });
  rig.settle();
  assert.deepEqual([rig.at(late).table.size, rig.at(late).endOfRib], [1, 1]);
});

test("the best two: a third one waits until one of them goes", () => {
  const rig = new RibRig();
  const [a, b, c] = [rig.peer(1), rig.peer(2), rig.peer(3)];
  const two = rig.peer(4, { addPath: { receive: false, send: 2 } });
  for (const [slot, localPref] of [
    [a, 300],
    [b, 200],
    [c, 100],
  ] as const)
    announce(rig, slot, path({ localPref, med: localPref }), macNlri(1));
  rig.settle();
  const prefs = (): string[] => [...rig.at(two).table.values()].map((text) => / 4:80=(\w+) /.exec(text)![1]!).toSorted();
  assert.deepEqual(prefs(), ["000000c8", "0000012c"]);
  withdraw(rig, a, macNlri(1));
  rig.settle();
  assert.deepEqual(prefs(), ["00000064", "000000c8"]);
  announce(rig, a, path({ localPref: 300, med: 300 }), macNlri(1));
  rig.settle();
  assert.deepEqual([prefs(), rig.at(two).idle], [["000000c8", "0000012c"], 0]);
});

test("paths of one peer are told apart by their identifiers, and each is withdrawn by its own", () => {
  const rig = new RibRig();
  const a = rig.peer(1, { addPath: { receive: true } });
  const [all, best] = [rig.peer(2, { addPath: { receive: false, send: "all" } }), rig.peer(3)];
  announce(rig, a, path({ localPref: 100 }), withId(7, macNlri(1)), withId(7, macNlri(2)));
  announce(rig, a, path({ localPref: 200 }), withId(8, macNlri(1)), withId(0xffffffff, macNlri(1)));
  rig.settle();
  assert.deepEqual([rig.at(all).table.size, rig.at(best).table.size, rig.rib.received(a)], [4, 2, 4]);
  assert.match([...rig.at(best).table.values()][0]!, / 5:40=000000c8 /);
  withdraw(rig, a, withId(8, macNlri(1)), withId(9, macNlri(1)));
  rig.settle();
  assert.deepEqual([rig.at(all).table.size, rig.at(best).table.size, rig.rib.received(a)], [3, 2, 3]);
  withdraw(rig, a, withId(0xffffffff, macNlri(1)));
  rig.settle();
  assert.match(rig.at(best).table.get(keyText(macNlri(1)))!, / 5:40=00000064 /);
  rig.rib.removePeer(a);
  rig.settle();
  assert.deepEqual([rig.at(all).table.size, rig.at(best).table.size, rig.rib.stats().attributeSets], [0, 0, 0]);
});

test("a field that ends within an identifier or a route is malformed", () => {
  const rig = new RibRig();
  const a = rig.peer(1, { addPath: { receive: true } });
  for (const nlri of [[0, 0, 0], [0, 0, 0, 1, 2], withId(1, macNlri(1)).slice(0, -1)]) {
    const { reaction } = rig.update(a, reachBody(plainPath, [nlri], 4, true, true));
    assert.ok(reaction === "disable-family" || reaction === "reset", reaction);
  }
});

test("any octets as routes or memberships give a verdict, and what was taken in goes with the peer", () => {
  const families = ["l2vpn-evpn", "rt-constrain"] as const;
  const nlri = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.integer({ min: 0, max: 2 }).map((n) => Uint8Array.from(withId(n, macNlri(n)))),
    fc.constantFrom(Uint8Array.of(0), Uint8Array.of(32, 0, 0, 0, 1), Uint8Array.of(33, 0, 0, 0, 1, 128)),
  );
  const field = fc.tuple(fc.boolean(), fc.boolean(), fc.array(nlri, { maxLength: 4 }));
  fc.assert(
    fc.property(fc.array(field, { maxLength: 6 }), (fields) => {
      const rig = new RibRig();
      const a = rig.peer(1, { addPath: { receive: true }, families });
      rig.peer(2, { addPath: { receive: false, send: "all" }, families });
      rig.peer(3, { role: "non-client", families });
      for (const [reach, memberships, routes] of fields) {
        const octets = [routes.flatMap((r) => [...r])];
        const family = memberships ? rtConstrainFamily : undefined;
        rig.update(a, reach ? reachBody(plainPath, octets, 4, true, true, family) : unreachBody(octets, family));
        rig.rib.flush();
      }
      rig.rib.removePeer(a);
      rig.settle();
      assert.deepEqual([rig.rib.stats().routes, rig.rib.memberships(a), [...rig.rib.allMemberships()].length], [0, 0, 0]);
    }),
  );
});

test("what a restarted peer does not announce again goes by path", () => {
  const rig = new RibRig();
  const a = rig.peer(1, { addPath: { receive: true } });
  const all = rig.peer(2, { addPath: { receive: false, send: "all" } });
  rig.settle();
  announce(rig, a, plainPath, withId(1, macNlri(1)), withId(2, macNlri(1)));
  rig.settle();
  rig.rib.removePeer(a, { keepStale: ["l2vpn-evpn"] });
  rig.settle();
  assert.equal(rig.at(all).table.size, 2);
  assert.equal(rig.peer(1, { addPath: { receive: true } }), a);
  announce(rig, a, plainPath, withId(2, macNlri(1)));
  rig.update(a, unreachBody([]));
  rig.settle();
  assert.deepEqual([rig.at(all).table.size, rig.at(all).idle, rig.at(all).announced], [1, 0, 2]);
});

const denied = (target: number): PeerPolicy => ({
  export: { name: "p", default: "accept", rules: [{ name: "#1", action: "deny", match: { routeTarget: [`65000:${target}`] } }] },
});

test("what a policy keeps from a peer with add-path and what is too long for it is counted", () => {
  const rig = new RibRig();
  const [a, b] = [rig.peer(1, { maxMessage: 65535 }), rig.peer(2, { maxMessage: 65535 })];
  const all = rig.peer(3, { addPath: { receive: false, send: "all" }, policy: denied(2) });
  rig.settle();
  announce(rig, a, path({ target: 1, communities: Array.from({ length: 1100 }, (_, n) => n) }), macNlri(1));
  announce(rig, b, path({ target: 2 }), macNlri(1));
  rig.settle();
  assert.deepEqual([rig.at(all).table.size, rig.rib.stats().oversize], [0, 1]);
  assert.deepEqual(
    rig.rib.peerStats(all)?.keptBack.map((r) => [r.rule.rule, r.routes]),
    [["#1", 1]],
  );
});

test("a new export policy takes back paths that are not the best ones", () => {
  const rig = new RibRig();
  const [a, b, all] = [rig.peer(1), rig.peer(2), rig.peer(3, { addPath: { receive: false, send: "all" } })];
  announce(rig, a, path({ localPref: 200, target: 1 }), macNlri(1));
  announce(rig, b, path({ target: 2 }), macNlri(1));
  rig.settle();
  assert.equal(rig.at(all).table.size, 2);
  rig.rib.setPolicy(all, denied(2));
  rig.settle();
  assert.equal(rig.at(all).table.size, 1);
  rig.rib.setPolicy(all, undefined);
  rig.settle();
  assert.deepEqual([rig.at(all).table.size, rig.at(all).idle], [2, 0]);
});

test("a path that a new policy denies goes, also when another one of the route changes meanwhile", () => {
  const rig = new RibRig({ sizes: { step: 1 } });
  const [a, b, all] = [rig.peer(1), rig.peer(2), rig.peer(3, { addPath: { receive: false, send: "all" } })];
  for (let n = 1; n <= 8; n++) {
    announce(rig, a, path({ localPref: 200, target: 1 }), macNlri(n));
    announce(rig, b, path({ target: 2 }), macNlri(n));
  }
  rig.settle();
  assert.equal(rig.at(all).table.size, 16);
  rig.rib.setPolicy(all, denied(2));
  rig.rib.flush();
  // Behind the walk and before it.
  for (const n of [1, 8]) announce(rig, a, path({ localPref: 300, target: 1 }), macNlri(n));
  rig.settle();
  assert.deepEqual([rig.at(all).table.size, [...rig.at(all).table.values()].some((text) => text.includes("0002fde800000002"))], [8, false]);
});

test("a path that changes and one that goes while a new policy comes in force end as that says", () => {
  const rig = new RibRig({ sizes: { step: 1 } });
  const [a, b, all] = [rig.peer(1), rig.peer(2), rig.peer(3, { addPath: { receive: false, send: "all" } })];
  for (let n = 1; n <= 8; n++) {
    announce(rig, a, path({ localPref: 200, target: 1 }), macNlri(n));
    announce(rig, b, path({ target: 2 }), macNlri(n));
  }
  rig.settle();
  // Denied by both for as long as it is sent as it is now.
  rig.rib.setPolicy(all, denied(2));
  announce(rig, b, path({ target: 2, communities: [0xffffff02] }), macNlri(7));
  withdraw(rig, b, macNlri(8));
  rig.settle();
  assert.equal(rig.at(all).table.size, 8);
});

const roles = ["client", "client", "non-client", "client", "ebgp", "non-client", "client"] as const;

interface Actor extends ModelPeer {
  slot: PeerSlot;
  up: boolean;
  readonly receive: boolean;
  readonly send: "all" | number | undefined;
}

/** Random peers with and without add-path in either direction: each holds the paths that RFC 7911 and the reference model say. */
class Script {
  readonly #random: Random;
  readonly #rig: RibRig;
  readonly #peers: Actor[];
  /** By `name pathId key`. */
  readonly #paths = new Map<string, ModelPath & { readonly key: string; readonly pathId: number }>();

  constructor(seed: number) {
    const random = (this.#random = randomFrom(seed));
    this.#rig = new RibRig({ ...self, seed, sizes: { pageWords: 256, indexSlots: 8, batch: 1 + random(9), step: 1 + random(9) } });
    this.#peers = roles.map((role, i) => ({
      name: `peer${i}`,
      role,
      asn: role === "ebgp" ? 65100 : self.asn,
      routerId: 0x0a630100 + i,
      address: [10, 0, 0, i],
      fourOctetAs: true,
      longLived: true,
      slot: 0,
      up: false,
      receive: random(2) === 0,
      send: ([undefined, "all", "all", 1, 2, 3] as const)[random(6)],
    }));
    for (const i of this.#peers.keys()) this.#connect(i);
  }

  round(): void {
    const random = this.#random;
    for (let n = random(25); n > 0; n--) {
      this.#operation(random(this.#peers.length));
      if (random(3) === 0) this.#rig.rib.flush();
    }
    this.#rig.full.clear();
    for (const p of this.#peers) if (p.up) this.#rig.rib.drained(p.slot);
    this.#rig.settle();
    for (const peer of this.#peers) if (peer.up) this.#compare(peer);
  }

  end(): void {
    for (const p of this.#peers) if (p.up) this.#rig.rib.removePeer(p.slot);
    this.#rig.settle();
    const { routes, paths, attributeSets } = this.#rig.rib.stats();
    assert.deepEqual({ routes, paths, attributeSets }, { routes: 0, paths: 0, attributeSets: 0 });
  }

  #operation(i: number): void {
    const random = this.#random;
    const peer = this.#peers[i]!;
    const dice = random(20);
    if (!peer.up) return this.#connect(i);
    if (dice === 0) return this.#disconnect(i);
    if (dice === 1) return void this.#rig.full.add(peer.slot);
    const routes = Array.from({ length: 1 + random(3) }, () => ({
      pathId: peer.receive ? random(3) : 0,
      nlri: macNlri(random(4), 100 + random(2)),
    }));
    const octets = routes.map(({ pathId, nlri }) => (peer.receive ? withId(pathId, nlri) : nlri));
    const spec = path({
      localPref: 100 + random(3),
      asPath: peer.role === "ebgp" ? [65100] : [],
      communities: random(6) === 0 ? [0xffffff02] : [],
      target: random(2),
      sequence: random(3) === 0 ? random(3) : undefined,
      med: random(3) === 0 ? random(2) : undefined,
    });
    const announced = random(3) > 0;
    const body = announced ? reachBody(spec, octets, 4, peer.role !== "ebgp", true) : unreachBody(octets);
    assert.equal(this.#rig.update(peer.slot, body).reaction, "ok");
    for (const { pathId, nlri } of routes) {
      const name = `${peer.name} ${pathId} ${keyText(nlri)}`;
      if (announced) this.#paths.set(name, { nlri, spec, from: peer, stale: false, aged: false, key: keyText(nlri), pathId });
      else this.#paths.delete(name);
    }
  }

  #connect(i: number): void {
    const peer = this.#peers[i]!;
    const addPath = { receive: peer.receive, ...(peer.send !== undefined && { send: peer.send }) };
    peer.slot = this.#rig.peer(i, {
      name: peer.name,
      role: peer.role as "client",
      asn: peer.asn,
      routerId: peer.routerId,
      addPath,
      longLivedGracefulRestart: true,
    });
    peer.up = true;
  }

  #disconnect(i: number): void {
    const peer = this.#peers[i]!;
    this.#rig.rib.removePeer(peer.slot);
    this.#rig.full.delete(peer.slot);
    peer.up = false;
    for (const [name, p] of this.#paths) if (p.from === peer) this.#paths.delete(name);
  }

  #compare(to: Actor): void {
    const wanted: string[] = [];
    const byKey = Map.groupBy(this.#paths.values(), (p) => p.key);
    for (const paths of byKey.values()) {
      const anybody = { ...to, name: "anybody" };
      // In the order of their identifiers, because that is what decides last.
      const left = paths.toSorted((a, b) => a.pathId - b.pathId);
      const allowed = to.send === undefined ? left : left.filter((p) => mayGo(p, anybody));
      const most = to.send === "all" ? Infinity : (to.send ?? 1);
      for (let n = 0; n < most && allowed.length > 0; n++) {
        const best = bestOf(allowed, 2)!;
        allowed.splice(allowed.indexOf(best as (typeof allowed)[number]), 1);
        if (mayGo(best, to)) wanted.push(expected(best, to));
      }
    }
    const far = this.#rig.at(to.slot);
    assert.deepEqual([...far.table.values()].toSorted(), wanted.toSorted(), `${to.name} ${to.role} ${to.send}`);
    if (to.send !== undefined) assert.equal(new Set(far.table.keys()).size, far.table.size);
  }
}

const seeds = Number(process.env["WEFT_ADD_PATH_SEEDS"] ?? 12);
for (let seed = 1; seed <= seeds; seed++) {
  test(`every peer holds the paths that the reference model says, seed ${seed}`, () => {
    const script = new Script(seed);
    for (let round = 0; round < 12; round++) script.round();
    script.end();
  });
}
