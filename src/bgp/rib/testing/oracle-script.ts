// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { ipFromBytes } from "../../../base/net/ip.ts";
import { Rib } from "../rib.ts";
import type { BestChange, PeerSlot } from "../types.ts";
import { MembershipModel, type ModelMember, randomMembership, randomTargets } from "./membership-model.ts";
import { attributesOf, type PathSpec, reachBody, rtConstrainFamily, u32, unreachBody } from "./path-spec.ts";
import { type Random, randomFrom } from "./random.ts";
import { keyText, randomNlri } from "./random-nlri.ts";
import { ReceivingPeer } from "./receiving-peer.ts";
import { bestOf, expected, isReflected, loops, mayGo, type ModelPath, type ModelPeer, originator, self } from "./reference-model.ts";

interface Actor extends ModelMember {
  readonly maxMessage: number;
  slot: PeerSlot;
  session: ReceivingPeer | undefined;
  /** Restarted: stale paths wait for its End-of-RIB. */
  recovering: boolean;
  /** Takes no more octets until drained. */
  full: boolean;
  /** Writes since it said so. */
  surplus: number;
}

const roles = ["client", "client", "client", "non-client", "non-client", "ebgp", "ebgp", "client"] as const;

/** One random run: peers that come, go, announce and stall; the model of it; and the comparison of both. */
export class OracleScript {
  compared = 0;
  readonly #random: Random;
  /** One write in so many fills the peer up. */
  readonly #fullness: number;
  readonly #rib: Rib;
  readonly #actors: Actor[];
  readonly #local: ModelPeer = {
    name: "local",
    role: "local",
    asn: self.asn,
    routerId: self.routerId,
    address: [],
    fourOctetAs: true,
    longLived: true,
  };
  /** By route key, then peer name. */
  readonly #paths = new Map<string, Map<string, ModelPath>>();
  /** Octets handed over and not read yet: read late, to see that nobody changes them meanwhile. */
  #wire: { readonly session: ReceivingPeer; readonly bytes: Uint8Array; readonly release: () => void }[] = [];
  /** Route target memberships; one in three scripts has peers that take part. */
  readonly #memberships = new MembershipModel();
  readonly #asking: boolean;
  readonly #best = new Map<string, BestChange>();
  readonly #lateBest = new Map<string, BestChange>();
  #late = false;

  /** @param options.asking whether peers take part in route target constraint */
  constructor(seed: number, options: { readonly asking?: boolean } = {}) {
    const random = (this.#random = randomFrom(seed));
    this.#fullness = 2 + random(20);
    this.#asking = options.asking ?? seed % 3 === 0;
    this.#actors = Array.from({ length: 2 + random(7) }, (_, i) => this.#actor(i));
    this.#rib = new Rib({
      ...self,
      seed,
      sizes: { pageWords: 256, indexSlots: 8, batch: 1 + random(9), step: 1 + random(20) },
      output: { write: (slot, bytes, release) => this.#write(slot, bytes, release) },
    });
    this.#rib.subscribe((changes) => follow(this.#best, changes));
    for (const actor of this.#actors) this.#connect(actor);
  }

  round(number: number): void {
    for (let n = 1 + this.#random(30); n > 0; n--) {
      if (number === 1 && !this.#late) this.#subscribeLate();
      this.#operation();
      if (this.#random(3) === 0) this.#rib.flush();
      if (this.#random(8) === 0) this.#readWire();
      if (this.#random(10) === 0) this.#drain();
    }
    this.#settle();
    for (const actor of this.#actors) {
      if (!actor.session) continue;
      this.#compare(actor, actor.session, number);
      if (actor.asks) this.#compareMemberships(actor, actor.session, number);
    }
    this.#compareBest(this.#best);
    if (number >= 1) this.#compareBest(this.#lateBest);
  }

  /** Everything goes: nothing may be left in the tables. */
  end(): void {
    for (const actor of this.#actors) {
      this.#disconnect(actor, false);
      this.#expire(actor);
    }
    for (const byPeer of this.#paths.values()) {
      const path = byPeer.get("local");
      if (path) this.#rib.withdrawLocal("l2vpn-evpn", Uint8Array.from(path.nlri));
    }
    this.#settle();
    const { routes, paths, attributeSets, rests } = this.#rib.stats();
    assert.deepEqual({ routes, paths, attributeSets, rests }, { routes: 0, paths: 0, attributeSets: 0, rests: 0 });
    assert.equal(this.#best.size, 0);
  }

  /** In the middle of everything: the table is told while it changes. */
  #subscribeLate(): void {
    this.#late = true;
    this.#rib.subscribe((changes) => follow(this.#lateBest, changes));
  }

  #actor(i: number): Actor {
    const random = this.#random;
    const role = roles[i % roles.length]!;
    const id = 0x0a630100 + [3, 1, 4, 2, 9, 7, 8, 6][i % 8]! + 16 * (i >> 3);
    return {
      name: `peer${i}`,
      role,
      asn: role === "ebgp" ? 65100 + random(2) : self.asn,
      routerId: random(4) === 0 ? 0x0a6301ff : id,
      address: u32(id),
      fourOctetAs: random(3) > 0,
      longLived: random(2) === 0,
      asks: this.#asking && random(3) > 0,
      complete: false,
      get connected() {
        return this.session !== undefined;
      },
      maxMessage: random(3) === 0 ? 65535 : 4096,
      slot: 0,
      session: undefined,
      recovering: false,
      full: false,
      surplus: 0,
    };
  }

  #write(slot: PeerSlot, bytes: Uint8Array, release: () => void): boolean {
    const actor = this.#actors.find((a) => a.slot === slot && a.session);
    if (!actor?.session) {
      // Not connected yet as far as the script knows: markers written from within addPeer.
      release();
      return true;
    }
    // What was encoded when it became full still comes: three parts of a batch and the mark behind a table.
    if (actor.full) assert.ok(++actor.surplus <= 3, `${actor.name} is full and is written to`);
    this.#wire.push({ session: actor.session, bytes, release });
    if (actor.full || this.#random(this.#fullness) === 0) {
      actor.surplus = actor.full ? actor.surplus : 0;
      actor.full = true;
    }
    return !actor.full;
  }

  #readWire(): void {
    for (const { session, bytes, release } of this.#wire.splice(0)) {
      session.read(bytes);
      release();
    }
  }

  /** Until nothing moves any more and nobody is full. */
  #settle(): void {
    for (let turns = 0; this.#rib.flush() || this.#drain(); turns++) assert.ok(turns < 100_000, "flush never ends");
    this.#readWire();
  }

  #drain(): boolean {
    const full = this.#actors.filter((a) => a.full && a.session);
    for (const actor of full) {
      actor.full = false;
      this.#rib.drained(actor.slot);
    }
    return full.length > 0;
  }

  #operation(): void {
    const random = this.#random;
    const actor = this.#actors[random(this.#actors.length)]!;
    const dice = random(100);
    if (dice < 4) return this.#bounce(actor);
    if (dice < 12) return this.#originate();
    if (!actor.session) return this.#connect(actor);
    if (actor.recovering && dice < 20) return dice < 16 ? this.#endOfRib(actor) : this.#disconnect(actor, true);
    if (actor.asks && random(4) === 0) return this.#ask(actor);
    if (random(5) === 0) this.#repeat(actor);
    else if (random(3) > 0) this.#announce(actor);
    else this.#withdraw(actor);
  }

  #bounce(actor: Actor): void {
    const random = this.#random;
    if (actor.session) this.#disconnect(actor, random(2) === 0);
    else if (random(3) === 0) this.#expire(actor);
    else if (random(2) === 0) this.#age(actor);
    else this.#connect(actor);
  }

  #connect(actor: Actor): void {
    actor.slot = this.#rib.addPeer({
      name: actor.name,
      address: ipFromBytes(Uint8Array.from(actor.address)),
      role: actor.role as "client",
      asn: actor.asn,
      routerId: actor.routerId,
      families: actor.asks ? ["l2vpn-evpn", "rt-constrain"] : ["l2vpn-evpn"],
      fourOctetAs: actor.fourOctetAs,
      maxMessage: actor.maxMessage,
      longLivedGracefulRestart: actor.longLived,
    });
    actor.session = new ReceivingPeer(actor.maxMessage);
    actor.full = false;
    actor.complete = false;
    actor.recovering = this.#pathsOf(actor).some((p) => p.stale);
  }

  #disconnect(actor: Actor, keep: boolean): void {
    if (!actor.session) return;
    const reflectedOnly = this.#random(3) === 0;
    const keepMemberships = keep && this.#random(2) === 0;
    const keepOlder = this.#random(2) === 0;
    const keepStale = ["l2vpn-evpn", ...(keepMemberships ? (["rt-constrain"] as const) : [])] as const;
    this.#rib.removePeer(actor.slot, keep ? { keepStale, reflectedOnly, keepOlder } : {});
    actor.session = undefined;
    this.#memberships.down(actor, keepMemberships, reflectedOnly, keep && keepOlder);
    for (const path of this.#pathsOf(actor)) {
      const kept = keep && (keepOlder || !path.stale) && path.doubtful !== true;
      const stays = kept && !(reflectedOnly && originator(path) === actor.routerId);
      if (stays) path.stale = true;
      else this.#remove(path);
    }
  }

  #expire(actor: Actor): void {
    this.#rib.sweepStale(actor.name);
    for (const path of this.#pathsOf(actor)) if (path.stale) this.#remove(path);
    this.#memberships.sweep(actor);
  }

  #age(actor: Actor): void {
    this.#rib.markLongLivedStale(actor.name);
    for (const path of this.#pathsOf(actor)) {
      if (!path.stale) continue;
      if (path.spec.communities.includes(0xffff0007)) this.#remove(path);
      else path.aged = true;
    }
  }

  #endOfRib(actor: Actor): void {
    const body = unreachBody([]);
    assert.equal(this.#rib.update(actor.slot, body, 0, body.length).endOfRib, "l2vpn-evpn");
    actor.recovering = false;
    for (const path of this.#pathsOf(actor)) if (path.stale) this.#remove(path);
  }

  /** Something about memberships: announces some, takes some back, or says that these are all. */
  #ask(actor: Actor): void {
    const random = this.#random;
    if (!actor.complete && random(3) === 0) {
      if (random(4) === 0) this.#rib.completeMemberships(actor.slot);
      else this.#endOfMemberships(actor);
      actor.complete = true;
      return;
    }
    const own = this.#memberships.of(actor);
    const nlri = Array.from({ length: 1 + random(3) }, () =>
      own.length > 0 && random(2) === 0 ? own[random(own.length)]!.nlri : randomMembership(random),
    );
    if (random(3) === 0) {
      const body = unreachBody(nlri, rtConstrainFamily);
      assert.equal(this.#rib.update(actor.slot, body, 0, body.length).reaction, "ok");
      for (const one of nlri) this.#memberships.remove(one, actor.name);
      return;
    }
    const spec = { ...this.#spec(actor), med: undefined, targets: [], nonTransitive: false };
    const body = reachBody(spec, nlri, actor.fourOctetAs ? 4 : 2, actor.role !== "ebgp", random(2) === 0, rtConstrainFamily);
    const verdict = this.#rib.update(actor.slot, body, 0, body.length);
    assert.equal(verdict.reaction, "ok", verdict.faults.join());
    for (const one of nlri) {
      const path: ModelPath = { nlri: one, spec, from: actor, stale: false, aged: false };
      if (loops(path)) this.#memberships.remove(one, actor.name);
      else this.#memberships.put(path);
    }
  }

  #endOfMemberships(actor: Actor): void {
    const body = unreachBody([], rtConstrainFamily);
    assert.equal(this.#rib.update(actor.slot, body, 0, body.length).endOfRib, "rt-constrain");
    this.#memberships.sweep(actor);
  }

  #announce(actor: Actor): void {
    const random = this.#random;
    const spec = this.#spec(actor);
    const routes = this.#someNlri(random(10) > 0 ? 6 : 200);
    const body = reachBody(spec, routes, actor.fourOctetAs ? 4 : 2, actor.role !== "ebgp", random(2) === 0);
    const pad = random(3);
    const bytes = new Uint8Array(body.length + pad);
    bytes.set(body, pad);
    const verdict = this.#rib.update(actor.slot, bytes, pad, bytes.length);
    assert.equal(verdict.reaction, "ok", verdict.faults.join());
    bytes.fill(0xee);
    for (const nlri of routes) this.#put({ nlri, spec, from: actor, stale: false, aged: false });
  }

  /** The same attributes again, for some of the routes with other octets outside the key: what a restarted peer does. */
  #repeat(actor: Actor): void {
    const own = this.#pathsOf(actor).filter((p) => !p.aged);
    if (own.length === 0) return;
    const { spec } = own[this.#random(own.length)]!;
    const routes = own.filter((p) => p.spec === spec).map((p) => (this.#random(4) > 0 ? [...p.nlri] : relabelled(p.nlri)));
    const body = reachBody(spec, routes, actor.fourOctetAs ? 4 : 2, actor.role !== "ebgp", true);
    assert.equal(this.#rib.update(actor.slot, body, 0, body.length).reaction, "ok");
    for (const nlri of routes) this.#put({ nlri, spec, from: actor, stale: false, aged: false });
  }

  #withdraw(actor: Actor): void {
    const random = this.#random;
    const own = this.#pathsOf(actor);
    const routes = Array.from({ length: 1 + random(6) }, () => {
      if (own.length === 0 || random(3) === 0) return randomNlri(random);
      return relabelled(own[random(own.length)]!.nlri);
    });
    const body = unreachBody(routes);
    assert.equal(this.#rib.update(actor.slot, body, 0, body.length).reaction, "ok");
    for (const nlri of routes) this.#retract(keyText(nlri), actor.name);
  }

  /** What a peer takes back goes, and with it what is kept of others who reflected it. @returns whether it had it */
  #retract(key: string, from: string): boolean {
    const byPeer = this.#paths.get(key);
    const own = byPeer?.get(from);
    if (!byPeer || !own) return false;
    for (const path of byPeer.values()) {
      const same = path !== own && isReflected(path) && originator(path) === originator(own);
      if (path === own || (same && path.stale)) this.#remove(path);
      else if (same) path.doubtful = true;
    }
    return true;
  }

  #originate(): void {
    const random = this.#random;
    const nlri = randomNlri(random);
    const key = keyText(nlri);
    if (random(2) === 0) {
      const known = this.#retract(key, "local");
      assert.equal(this.#rib.withdrawLocal("l2vpn-evpn", Uint8Array.from(nlri)), known);
      return;
    }
    const spec = { ...this.#spec(this.#local), originator: undefined, clusters: [], asPath: [] };
    const attributes = Uint8Array.from(attributesOf(spec, 4, true));
    this.#rib.announceLocal({ family: "l2vpn-evpn", nlri: Uint8Array.from(nlri), attributes, nextHop: Uint8Array.from(spec.nextHop) });
    this.#put({ nlri, spec, from: this.#local, stale: false, aged: false });
  }

  #someNlri(most: number): number[][] {
    const routes = new Map<string, number[]>();
    for (let n = 1 + this.#random(most); n > 0; n--) {
      const nlri = randomNlri(this.#random);
      routes.set(keyText(nlri), nlri);
    }
    return [...routes.values()];
  }

  #spec(from: ModelPeer): PathSpec {
    const random = this.#random;
    const external = from.role === "ebgp";
    const far = [65100, 65101, 70000][random(3)]!;
    return {
      localPref: random(3) > 0 ? 100 : 100 + random(3),
      med: random(4) > 0 ? undefined : random(3),
      origin: random(4) > 0 ? 0 : random(3),
      asPath: external ? [from.asn, ...(random(4) === 0 ? [far] : [])] : random(4) > 0 ? [] : random(12) === 0 ? [self.asn] : [far, 65200],
      communities: random(4) > 0 ? [] : [[0xfde80001, 0xffffff01, 0xffffff02, 0xffff0006, 0xffff0007][random(5)]!],
      target: random(3),
      ...(this.#asking && { targets: randomTargets(random) }),
      nonTransitive: random(4) === 0,
      sequence: random(3) > 0 ? undefined : random(3),
      sticky: random(6) === 0,
      originator: external || random(4) > 0 ? undefined : random(8) === 0 ? self.routerId : 0x0a630200 + random(3),
      clusters: external || random(4) > 0 ? [] : [random(8) === 0 ? self.clusterId : 0x0a640000, 0x0a640001].slice(0, 1 + random(2)),
      unknownTransitive: random(4) === 0,
      unknownNonTransitive: random(4) === 0,
      nextHop: random(4) > 0 ? [10, 9, 9, random(3)] : [...Array.from({ length: 12 }, () => 0x20), ...u32(from.routerId)],
    };
  }

  #put(path: ModelPath): void {
    const key = keyText(path.nlri);
    if (loops(path)) {
      this.#retract(key, path.from.name);
      return;
    }
    let byPeer = this.#paths.get(key);
    if (!byPeer) this.#paths.set(key, (byPeer = new Map()));
    byPeer.set(path.from.name, path);
    for (const other of byPeer.values()) other.doubtful = false;
  }

  #remove(path: ModelPath): void {
    this.#paths.get(keyText(path.nlri))?.delete(path.from.name);
  }

  #pathsOf(actor: ModelPeer): ModelPath[] {
    return [...this.#paths.values()].flatMap((byPeer) => byPeer.get(actor.name) ?? []);
  }

  #winners(): Map<string, ModelPath> {
    const winners = new Map<string, ModelPath>();
    for (const [key, byPeer] of this.#paths) {
      const best = bestOf([...byPeer.values()], Number.parseInt(key, 10));
      if (best) winners.set(key, best);
    }
    return winners;
  }

  #compare(actor: Actor, session: ReceivingPeer, round: number): void {
    const wanted = new Map<string, string>();
    for (const [key, best] of this.#winners())
      if (mayGo(best, actor) && this.#memberships.wants(actor, best.spec)) wanted.set(key, expected(best, actor));
    const what = `round ${round}, ${actor.name} (${actor.role})`;
    for (const [key, text] of wanted) assert.equal(session.table.get(key), text, `${what}, route ${key}`);
    for (const key of session.table.keys()) assert.ok(wanted.has(key), `${what} holds ${key} which is gone: ${session.table.get(key)}`);
    assert.equal(session.endOfRib, actor.asks && !actor.complete ? 0 : 1, `${what}: End-of-RIB`);
    const stats = this.#rib.peerStats(actor.slot)!;
    assert.equal(stats.sent, wanted.size, `${what}: sent`);
    assert.equal(stats.received, this.#pathsOf(actor).length, `${what}: received`);
    this.compared += wanted.size;
  }

  #compareMemberships(actor: Actor, session: ReceivingPeer, round: number): void {
    const what = `round ${round}, ${actor.name} (${actor.role})`;
    const wanted = this.#memberships.expectedBy(actor, this.#actors);
    for (const [key, text] of wanted) assert.equal(session.memberships.get(key), text, `${what}, membership ${key}`);
    assert.equal(session.memberships.size, wanted.size, `${what}: memberships`);
    assert.equal(session.endOfMemberships, 1, `${what}: End-of-RIB of memberships`);
    const stats = this.#rib.peerStats(actor.slot)!;
    assert.equal(stats.memberships, this.#memberships.of(actor).length, `${what}: memberships received`);
  }

  #compareBest(seen: ReadonlyMap<string, BestChange>): void {
    const winners = this.#winners();
    for (const [key, best] of winners) {
      const change = seen.get(key);
      assert.ok(change, `subscriber, route ${key}`);
      assert.equal(change.path?.fromName, best.from.name, `subscriber, route ${key}`);
      assert.deepEqual([...change.nlri], best.nlri);
    }
    assert.equal(seen.size, winners.size);
  }
}

/** The same route with another last octet, where that is not part of its key. */
function relabelled(nlri: readonly number[]): number[] {
  return [1, 2, 5, 6].includes(nlri[0]!) ? nlri.with(nlri.length - 1, nlri.at(-1)! ^ 1) : [...nlri];
}

function follow(table: Map<string, BestChange>, changes: readonly BestChange[]): void {
  for (const change of changes) {
    const key = keyText(change.nlri);
    if (change.path) table.set(key, change);
    else table.delete(key);
  }
}
