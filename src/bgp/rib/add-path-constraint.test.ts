// SPDX-License-Identifier: Apache-2.0
/** Peers that are sent several paths of a route (RFC 7911) and ask for route targets (RFC 4684): each path goes by its own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MembershipModel, type ModelMember, randomMembership, randomTargets } from "./testing/membership-model.ts";
import { type PathSpec, reachBody, rtConstrainFamily, u32, unreachBody } from "./testing/path-spec.ts";
import { type Random, randomFrom } from "./testing/random.ts";
import { keyText } from "./testing/random-nlri.ts";
import { bestOf, expected, extendedTargets, mayGo, type ModelPath, self } from "./testing/reference-model.ts";
import { macNlri, plainPath, RibRig } from "./testing/rib-rig.ts";
import type { PeerPolicy } from "./policy/model.ts";
import type { PeerSlot } from "./types.ts";

const target = (n: number): number[] => [0, 2, 0xfd, 0xe8, 0, 0, 0, n];
const membership = (n: number): number[] => [96, 0, 0, 0xfd, 0xe8, ...target(n)];
const memberships = { ...plainPath, targets: [] };
const families = ["l2vpn-evpn", "rt-constrain"] as const;
const denied = (n: number): PeerPolicy => ({
  export: { name: "p", default: "accept", rules: [{ name: "#1", action: "deny", match: { routeTarget: [`65000:${n}`] } }] },
});

class Rig extends RibRig {
  /** A path of each of these MACs with one route target. */
  announce(slot: PeerSlot, routeTarget: number, localPref: number, ...macs: number[]): void {
    const routes = macs.map((n) => macNlri(n));
    this.#ok(slot, reachBody({ ...plainPath, targets: [target(routeTarget)], localPref }, routes, 4, true, true));
  }

  withdraw(slot: PeerSlot, ...macs: number[]): void {
    const routes = macs.map((n) => macNlri(n));
    this.#ok(slot, unreachBody(routes));
  }

  join(slot: PeerSlot, n: number): void {
    this.#ok(slot, reachBody(memberships, [membership(n)], 4, true, true, rtConstrainFamily));
  }

  leave(slot: PeerSlot, n: number): void {
    this.#ok(slot, unreachBody([membership(n)], rtConstrainFamily));
  }

  asker(n: number, send: "all" | number, ...list: number[]): PeerSlot {
    const slot = this.peer(n, { families, addPath: { receive: false, send } });
    for (const one of list) this.join(slot, one);
    this.#ok(slot, unreachBody([], rtConstrainFamily));
    this.settle();
    return slot;
  }

  /** What the peer is sent until the RIB is quiet, as `announced withdrawn idle`. */
  heard(slot: PeerSlot, during: () => void): string {
    const far = this.at(slot);
    const { announced, withdrawn, idle } = far;
    during();
    this.settle();
    return `${far.announced - announced} ${far.withdrawn - withdrawn} ${far.idle - idle}`;
  }

  #ok(slot: PeerSlot, body: Uint8Array): void {
    assert.equal(this.update(slot, body).reaction, "ok");
  }
}

test("a join and a leave send exactly the paths of that route target, the best or not", () => {
  const rig = new Rig();
  const [a, b] = [rig.peer(1), rig.peer(2)];
  rig.announce(a, 1, 200, 1, 2);
  rig.announce(b, 2, 100, 1, 2, 3);
  const host = rig.asker(3, "all", 2);
  const holds = (): number => rig.at(host).table.size;
  assert.deepEqual([holds(), rig.at(host).endOfRib, rig.rib.peerStats(host)?.withheld], [3, 1, 2]);
  assert.equal(
    rig.heard(host, () => rig.join(host, 1)),
    "2 0 0",
  );
  assert.equal(
    rig.heard(host, () => rig.leave(host, 2)),
    "0 3 0",
  );
  assert.equal(
    rig.heard(host, () => rig.join(host, 9)),
    "0 0 0",
  );
  assert.equal(holds(), 2);
});

test("before its memberships are all told it is sent nothing, and then no path that nobody asked for", () => {
  const rig = new Rig();
  const a = rig.peer(1);
  const host = rig.peer(3, { families, addPath: { receive: false, send: "all" } });
  rig.join(host, 1);
  rig.announce(a, 1, 100, 1);
  rig.announce(a, 2, 100, 2);
  rig.settle();
  assert.equal(rig.at(host).table.size, 0);
  rig.rib.completeMemberships(host);
  rig.settle();
  assert.deepEqual([rig.at(host).table.size, rig.at(host).endOfRib], [1, 1]);
  assert.equal(
    rig.heard(host, () => rig.rib.routeRefresh(host, "l2vpn-evpn", false)),
    "1 0 0",
  );
});

test("a path that changes, comes or goes is told to those only who ask for it", () => {
  const rig = new Rig();
  const [a, b] = [rig.peer(1), rig.peer(2)];
  rig.announce(a, 1, 200, 1);
  rig.announce(b, 2, 100, 1);
  const host = rig.asker(3, "all", 2);
  const heard = (during: () => void): string => rig.heard(host, during);
  assert.equal(
    heard(() => rig.announce(a, 1, 201, 1)),
    "0 0 0",
  );
  assert.equal(
    heard(() => rig.announce(b, 2, 300, 1)),
    "1 0 0",
  );
  assert.equal(
    heard(() => rig.announce(b, 1, 300, 1)),
    "0 1 0",
  );
  assert.equal(
    heard(() => rig.withdraw(a, 1)),
    "0 0 0",
  );
  assert.equal(
    heard(() => rig.announce(b, 2, 100, 1)),
    "1 0 0",
  );
});

test("the two best are chosen among all paths, then those that it did not ask for are left out", () => {
  const rig = new Rig();
  const [a, b, c] = [rig.peer(1), rig.peer(2), rig.peer(3)];
  rig.announce(a, 1, 300, 1);
  rig.announce(b, 2, 200, 1);
  rig.announce(c, 2, 100, 1);
  const host = rig.asker(4, 2, 2);
  assert.equal(rig.at(host).table.size, 1);
  assert.equal(
    rig.heard(host, () => rig.withdraw(a, 1)),
    "1 0 0",
    "the third moves up",
  );
});

test("a peer that does not read gets joins, leaves and changes of paths as what they come to", () => {
  const rig = new Rig();
  const [a, b] = [rig.peer(1), rig.peer(2)];
  const host = rig.asker(3, "all", 2);
  rig.full.add(host);
  rig.announce(b, 2, 100, 1);
  rig.settle();
  rig.announce(a, 1, 200, 1, 2);
  rig.announce(b, 2, 100, 2);
  rig.join(host, 1);
  rig.settle();
  rig.leave(host, 2);
  rig.settle();
  assert.equal(rig.at(host).table.size, 1);
  rig.full.clear();
  assert.equal(
    rig.heard(host, () => rig.rib.drained(host)),
    // The path of b for the second MAC was never there, and it is not remembered that it was not.
    "2 2 1",
  );
  assert.equal(rig.at(host).table.size, 2);
});

test("what came and went while no peer with add-path asked is found by a join", () => {
  const rig = new Rig();
  const [a, b] = [rig.peer(1), rig.peer(2)];
  rig.announce(a, 1, 200, 1, 2);
  rig.rib.removePeer(rig.asker(3, "all", 9));
  rig.settle();
  rig.announce(b, 2, 100, 1, 2);
  rig.withdraw(a, 2);
  rig.settle();
  const host = rig.asker(3, "all", 9);
  for (const n of [1, 2])
    assert.equal(
      rig.heard(host, () => rig.join(host, n)),
      `${n} 0 0`,
    );
});

test("a leave while the routes are gone through for a new policy takes back what the old one let pass", () => {
  const rig = new Rig({ sizes: { step: 1 } });
  const [a, b] = [rig.peer(1), rig.peer(2)];
  const all = Array.from({ length: 20 }, (_, n) => n);
  rig.announce(a, 1, 200, ...all);
  rig.announce(b, 2, 100, ...all);
  const host = rig.asker(3, "all", 1);
  rig.join(host, 2);
  rig.settle();
  assert.equal(rig.at(host).table.size, 40);
  rig.rib.setPolicy(host, denied(1));
  for (let n = 0; n < 4; n++) rig.rib.flush();
  rig.leave(host, 2);
  rig.rib.flush();
  rig.leave(host, 1);
  rig.settle();
  assert.equal(rig.at(host).table.size, 0);
});

test("what was kept for a peer over a restart is found by a join when it has announced it again", () => {
  const rig = new Rig();
  const [a, b] = [rig.peer(1), rig.peer(2)];
  const host = rig.asker(3, "all", 9);
  rig.announce(a, 1, 200, 1);
  rig.announce(b, 2, 100, 1);
  rig.settle();
  rig.rib.removePeer(b, { keepStale: ["l2vpn-evpn"] });
  rig.settle();
  assert.equal(rig.peer(2), b);
  rig.announce(b, 2, 100, 1);
  rig.rib.sweepStale(b);
  rig.settle();
  assert.equal(
    rig.heard(host, () => rig.join(host, 2)),
    "1 0 0",
  );
});

const roles = ["client", "non-client", "client", "ebgp", "client", "non-client", "client"] as const;

interface Actor extends ModelMember {
  slot: PeerSlot;
  connected: boolean;
  readonly receive: boolean;
  readonly send: "all" | number | undefined;
  /** Route target that its export policy denies. */
  denies: number | undefined;
}

/** Random peers, memberships, policies and stalls: each peer holds the paths that both RFCs and the reference model say. */
class Script {
  readonly #random: Random;
  readonly #rig: RibRig;
  readonly #actors: Actor[];
  readonly #memberships = new MembershipModel();
  /** By `name pathId key`. */
  readonly #paths = new Map<string, ModelPath & { readonly key: string; readonly pathId: number }>();

  constructor(seed: number) {
    const random = (this.#random = randomFrom(seed));
    this.#rig = new RibRig({ ...self, seed, sizes: { pageWords: 256, indexSlots: 8, batch: 1 + random(9), step: 1 + random(3) } });
    this.#actors = roles.map((role, i) => ({
      name: `peer${i}`,
      role,
      asn: role === "ebgp" ? 65100 : self.asn,
      routerId: 0x0a630100 + i,
      address: [10, 0, 0, i],
      fourOctetAs: true,
      longLived: true,
      slot: 0,
      connected: false,
      asks: random(3) > 0,
      complete: false,
      receive: random(2) === 0,
      send: ([undefined, "all", "all", 1, 2, 3] as const)[random(6)],
      denies: undefined,
    }));
    for (const actor of this.#actors) this.#connect(actor);
  }

  round(): void {
    const random = this.#random;
    for (let n = random(25); n > 0; n--) {
      this.#operation(this.#actors[random(this.#actors.length)]!);
      if (random(3) === 0) this.#rig.rib.flush();
    }
    this.#rig.full.clear();
    for (const a of this.#actors) if (a.connected) this.#rig.rib.drained(a.slot);
    this.#rig.settle();
    for (const a of this.#actors) if (a.connected) this.#compare(a);
    for (const a of this.#actors) if (a.connected && a.asks && a.complete && a.send !== undefined) this.#changeOfMind(a);
  }

  end(): void {
    for (const a of this.#actors) if (a.connected) this.#disconnect(a);
    this.#rig.settle();
    const { routes, paths, attributeSets } = this.#rig.rib.stats();
    assert.deepEqual({ routes, paths, attributeSets }, { routes: 0, paths: 0, attributeSets: 0 });
  }

  #operation(actor: Actor): void {
    const random = this.#random;
    if (!actor.connected) return this.#connect(actor);
    const dice = random(32);
    if (dice === 0) return this.#disconnect(actor);
    if (dice === 1) return void this.#rig.full.add(actor.slot);
    if (dice === 2) return this.#rig.rib.routeRefresh(actor.slot, "l2vpn-evpn", true);
    if (dice === 3 || dice > 29) {
      actor.denies = random(2) === 0 ? undefined : random(4);
      return void this.#rig.rib.setPolicy(actor.slot, actor.denies === undefined ? undefined : denied(actor.denies));
    }
    if (dice < 12 && actor.asks) return this.#ask(actor);
    const routes = Array.from({ length: 1 + random(3) }, () => ({ pathId: actor.receive ? random(3) : 0, nlri: macNlri(random(9)) }));
    const octets = routes.map(({ pathId, nlri }) => (actor.receive ? [...u32(pathId), ...nlri] : nlri));
    const spec: PathSpec = {
      ...plainPath,
      localPref: 100 + random(3),
      asPath: actor.role === "ebgp" ? [65100] : [],
      targets: randomTargets(random),
    };
    const announced = random(3) > 0;
    const body = announced ? reachBody(spec, octets, 4, actor.role !== "ebgp", true) : unreachBody(octets);
    assert.equal(this.#rig.update(actor.slot, body).reaction, "ok");
    for (const { pathId, nlri } of routes) {
      const name = `${actor.name} ${pathId} ${keyText(nlri)}`;
      if (announced) this.#paths.set(name, { nlri, spec, from: actor, stale: false, aged: false, key: keyText(nlri), pathId });
      else this.#paths.delete(name);
    }
  }

  #ask(actor: Actor): void {
    const random = this.#random;
    if (!actor.complete && random(3) === 0) {
      actor.complete = true;
      return this.#rig.rib.completeMemberships(actor.slot);
    }
    const held = this.#memberships.of(actor);
    const nlri = held.length > 0 && random(2) === 0 ? held[random(held.length)]!.nlri : randomMembership(random);
    const joins = !held.some((p) => keyOf(p.nlri) === keyOf(nlri));
    const spec = { ...memberships, asPath: actor.role === "ebgp" ? [65100] : [] };
    const body = joins
      ? reachBody(spec, [nlri], 4, actor.role !== "ebgp", true, rtConstrainFamily)
      : unreachBody([nlri], rtConstrainFamily);
    assert.equal(this.#rig.update(actor.slot, body).reaction, "ok");
    if (joins) this.#memberships.put({ nlri, spec, from: actor, stale: false, aged: false });
    else this.#memberships.remove(nlri, actor.name);
  }

  /** One join or leave while all is quiet: what is sent is what is different. */
  #changeOfMind(actor: Actor): void {
    const far = this.#rig.at(actor.slot);
    const [before, { announced, withdrawn, idle }] = [new Map(far.table), far];
    this.#ask(actor);
    this.#rig.settle();
    this.#compare(actor);
    const [came, went] = [[...far.table.keys()].filter((k) => !before.has(k)), [...before.keys()].filter((k) => !far.table.has(k))];
    const sent = [far.announced - announced, far.withdrawn - withdrawn, far.idle - idle];
    assert.deepEqual(sent, [came.length, went.length, 0], `${actor.name} ${actor.send}`);
  }

  #connect(actor: Actor): void {
    const addPath = { receive: actor.receive, ...(actor.send !== undefined && { send: actor.send }) };
    actor.slot = this.#rig.peer(actor.address[3]!, {
      name: actor.name,
      role: actor.role as "client",
      asn: actor.asn,
      routerId: actor.routerId,
      addPath,
      longLivedGracefulRestart: true,
      families: actor.asks ? families : ["l2vpn-evpn"],
      ...(actor.denies !== undefined && { policy: denied(actor.denies) }),
    });
    actor.connected = true;
    actor.complete = false;
  }

  #disconnect(actor: Actor): void {
    this.#rig.rib.removePeer(actor.slot);
    this.#rig.full.delete(actor.slot);
    actor.connected = false;
    this.#memberships.down(actor, false, false, false);
    for (const [name, p] of this.#paths) if (p.from === actor) this.#paths.delete(name);
  }

  #compare(to: Actor): void {
    const wanted: string[] = [];
    const passes = (p: ModelPath): boolean => !extendedTargets(p.spec).some((t) => keyOf(t) === keyOf(target(to.denies ?? -1)));
    for (const paths of Map.groupBy(this.#paths.values(), (p) => p.key).values()) {
      const anybody = { ...to, name: "anybody" };
      // In the order of their identifiers, because that is what decides last.
      const left = paths.toSorted((a, b) => a.pathId - b.pathId);
      const allowed = to.send === undefined ? left : left.filter((p) => mayGo(p, anybody) && passes(p));
      const most = to.send === "all" ? Infinity : (to.send ?? 1);
      for (let n = 0; n < most && allowed.length > 0; n++) {
        const best = bestOf(allowed, 2)!;
        allowed.splice(allowed.indexOf(best as (typeof allowed)[number]), 1);
        if (mayGo(best, to) && passes(best) && this.#memberships.wants(to, best.spec)) wanted.push(expected(best, to));
      }
    }
    assert.deepEqual([...this.#rig.at(to.slot).table.values()].toSorted(), wanted.toSorted(), `${to.name} ${to.role} ${to.send}`);
  }
}

const keyOf = (octets: readonly number[]): string => octets.join();

const seeds = Number(process.env["WEFT_ADD_PATH_SEEDS"] ?? 12);
for (let seed = 1; seed <= seeds; seed++) {
  test(`every peer holds the paths that it asked for and is sent no other, seed ${seed}`, () => {
    const script = new Script(seed);
    for (let round = 0; round < 12; round++) script.round();
    script.end();
  });
}
