// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { toHex } from "../../src/base/bytes/hex.ts";
import type { Ip } from "../../src/base/net/ip.ts";
import { community } from "../../src/bgp/rib/attribute-summary.ts";
import { evpnKeyLayout } from "../../src/bgp/rib/evpn-key.ts";
import { Rib } from "../../src/bgp/rib/rib.ts";
import { reachBody, unreachBody } from "../../src/bgp/rib/testing/path-spec.ts";
import { keyText, randomNlri } from "../../src/bgp/rib/testing/random-nlri.ts";
import { randomFrom } from "../../src/bgp/rib/testing/random.ts";
import { macNlri, plainPath } from "../../src/bgp/rib/testing/rib-rig.ts";
import type { PeerSlot, RibPeer, UpdateVerdict } from "../../src/bgp/rib/types.ts";
import { MessageFramer } from "../../src/bgp/speaker/message-framer.ts";
import { attributeOf } from "../../src/bgp/wire/attribute/attribute.ts";
import type { CodecContext } from "../../src/bgp/wire/context.ts";
import { type AttributeFault, strongestFault } from "../../src/bgp/wire/fault.ts";
import type { Nlri } from "../../src/bgp/wire/nlri/nlri.ts";
import { encodeNlri } from "../../src/bgp/wire/nlri/table.ts";
import { type Update, decodeUpdate } from "../../src/bgp/wire/update.ts";
import { type Target, fate } from "../target.ts";
import { captured, soundUpdates } from "./message.ts";

/** What a peer of the table is; the first octet of an input chooses. */
const roles = [
  { role: "client", asn: 65000, fourOctetAs: true },
  { role: "ebgp", asn: 65001, fourOctetAs: true },
  { role: "client", asn: 65000, fourOctetAs: false },
] as const;
type Role = (typeof roles)[number];

const us = { asn: 65000, routerId: 0x0a630001 };
const ourId = "10.99.0.1";
const marker = Uint8Array.from(macNlri(0xfeed, 99));
const [sender, other, listener, outside] = ["sender", "other", "listener", "outside"] as const;

/**
 * UPDATEs of one peer into a table, beside a peer that announces a route of its own and two that listen. The codec, which
 * reads every octet into objects, is the model of the table's intake, which reads as few as it can.
 */
class Session {
  readonly words: string[] = [];
  readonly #role: Role;
  readonly #context: CodecContext;
  readonly #rib: Rib;
  readonly #slots = new Map<string, PeerSlot>();
  /** Keys of the routes that peers were sent. */
  readonly #heard = new Map<PeerSlot, Set<string>>();
  readonly #contexts = new Map<PeerSlot, CodecContext>();
  /** Keys of the sender's routes, as the codec has it; true of those that must reach the listener. */
  readonly #keys = new Map<string, boolean>();

  constructor(role: Role) {
    this.#role = role;
    this.#context = { fourOctetAs: role.fourOctetAs, peer: role.role === "ebgp" ? "ebgp" : "ibgp" };
    const output = { write: (slot: PeerSlot, bytes: Uint8Array, release: () => void) => this.#write(slot, bytes, release) };
    this.#rib = new Rib({ ...us, output, seed: 7, sizes: { pageWords: 256, indexSlots: 8, batch: 5, step: 7 } });
    this.#join(sender, role);
    this.#join(other, roles[0]);
    this.#join(listener, roles[0], 65535);
    this.#join(outside, { role: "ebgp", asn: 65009, fourOctetAs: false });
    const body = reachBody(plainPath, [[...marker]], 4, true, true);
    this.#rib.update(this.#slots.get(other)!, body, 0, body.length);
  }

  #join(name: string, { role, asn, fourOctetAs }: Pick<RibPeer, "role" | "asn" | "fourOctetAs">, maxMessage = 4096): void {
    const n = this.#slots.size + 1;
    const peer = { name, address: `10.0.0.${n}` as Ip, role, asn, fourOctetAs, routerId: n, maxMessage, families: ["l2vpn-evpn"] } as const;
    const slot = this.#rib.addPeer(peer);
    this.#slots.set(name, slot);
    this.#heard.set(slot, new Set());
    this.#contexts.set(slot, { fourOctetAs, peer: role === "ebgp" ? "ebgp" : "ibgp" });
  }

  /** What we send has to be sound by the same rules. */
  #write(slot: PeerSlot, bytes: Uint8Array, release: () => void): boolean {
    const heard = this.#heard.get(slot);
    const framer = new MessageFramer({
      message: (type, octets, start, end) => {
        assert.equal(type, 2);
        const { update, faults } = decodeUpdate(octets.subarray(start, end), this.#contexts.get(slot) ?? this.#context);
        assert.deepEqual(faults, [], `sent: ${toHex(octets.subarray(start, end))}`);
        for (const key of keysOf(update!, "mp-unreach")) heard?.delete(key);
        for (const key of keysOf(update!, "mp-reach")) heard?.add(key);
        return true;
      },
      fault: (_, why) => assert.fail(why),
    });
    framer.longest = 65535;
    framer.push(bytes);
    release();
    return true;
  }

  #settle(): void {
    while (this.#rib.flush());
  }

  /** @returns false when the session has to end */
  update(body: Uint8Array): boolean {
    const { update, faults } = decodeUpdate(body, this.#context);
    const verdict = this.#rib.update(this.#slots.get(sender)!, body, 0, body.length);
    // Nothing of the message may be kept.
    const copy = body.slice();
    body.fill(0xee);
    this.words.push(verdict.reaction, ...verdict.faults.slice(0, 3));
    this.#compareVerdict(verdict, faults, copy);
    if (verdict.reaction === "reset" || verdict.reaction === "disable-family") return false;
    this.#follow(verdict, update, faults);
    this.#settle();
    assert.deepEqual(this.#held().toSorted(), [...this.#keys.keys()].toSorted(), "routes of the sender");
    return true;
  }

  /** Ends the session: of the sender nothing is left, of the others everything. */
  end(): void {
    this.#settle();
    const heard = this.#heardBy(listener);
    for (const [key, due] of this.#keys) if (due) assert.ok(heard.has(key), `the listener lacks ${key}`);
    for (const key of heard) assert.ok(key === keyText(marker) || this.#keys.has(key), `the listener has ${key}`);
    this.#rib.removePeer(this.#slots.get(sender)!);
    this.#settle();
    for (const name of [listener, outside]) assert.deepEqual([...this.#heardBy(name)], [keyText(marker)]);
    for (const name of [other, listener, outside]) this.#rib.removePeer(this.#slots.get(name)!);
    this.#settle();
    const { routes, paths, attributeSets, rests } = this.#rib.stats();
    assert.deepEqual({ routes, paths, attributeSets, rests }, { routes: 0, paths: 0, attributeSets: 0, rests: 0 });
  }

  #heardBy(name: string): ReadonlySet<string> {
    return this.#heard.get(this.#slots.get(name)!)!;
  }

  #held(): readonly string[] {
    return this.#rib.routes({ peer: sender }, 100_000).routes.map((r) => keyText(r.nlri));
  }

  /** RFC 7606 as the codec reads it; what concerns families that are not of the session is not the table's business. */
  #compareVerdict(verdict: UpdateVerdict, faults: readonly AttributeFault[], body: Uint8Array): void {
    const all = strongestFault(faults)?.reaction ?? "ok";
    const relevant = carriesForeign(body, this.#context) ? [] : faults.filter((f) => !isForeign(f, body));
    const worst = strongestFault(relevant)?.reaction ?? "ok";
    const got = verdict.reaction;
    const same =
      got === worst ||
      // Where the layout is at fault, the codec is asked for everything.
      got === all ||
      // A route whose inner lengths do not add up is left out, the others stay: RFC 7606 §5.3 leaves the choice.
      (got === "withdraw" && (worst === "disable-family" || worst === "ok" || worst === "discard") && innerFault(verdict)) ||
      (got === "disable-family" && worst === "reset") ||
      (got === "reset" && worst === "disable-family");
    assert.ok(
      same,
      `${this.#role.role}: ${got} (${verdict.faults.join("; ")}), the codec: ${worst} (${relevant.map((f) => f.message).join("; ")})`,
    );
  }

  /** Brings the model to where the table must be. */
  #follow(verdict: UpdateVerdict, update: Update | undefined, faults: readonly AttributeFault[]): void {
    if (update === undefined || innerFault(verdict) || faults.some((f) => f.attribute === 14 || f.attribute === 15)) {
      // Which routes could be read is decided octet by octet: nothing may come out of nowhere.
      const held = this.#held();
      this.#keys.clear();
      for (const key of held) this.#keys.set(key, false);
      return;
    }
    for (const key of keysOf(update, "mp-unreach")) this.#keys.delete(key);
    const usable = verdict.reaction !== "withdraw" && !loops(update);
    for (const key of keysOf(update, "mp-reach")) {
      if (usable) this.#keys.set(key, goesOn(update));
      else this.#keys.delete(key);
    }
  }
}

/** The rule is about a family that the session does not have. */
function isForeign(f: AttributeFault, body: Uint8Array): boolean {
  if (f.family !== undefined) return f.family !== "l2vpn-evpn";
  return f.message.startsWith("NLRI: ") || f.message.startsWith("withdrawn routes: NLRI") || (f.attribute === 3 && body.length > 0);
}

/** Routes of a family that is not of the session: the message is counted as such, and not judged further than its layout. */
function carriesForeign(body: Uint8Array, context: CodecContext): boolean {
  const { update, faults } = decodeUpdate(body, context);
  if (update === undefined) return false;
  const reach = attributeOf(update.attributes, "mp-reach");
  if (reach !== undefined) return reach.family !== "l2vpn-evpn";
  return (
    update.announced.length > 0 || faults.some((f) => f.message.startsWith("NLRI: ") || (f.attribute === 14 && f.family !== "l2vpn-evpn"))
  );
}

const innerFault = (v: UpdateVerdict): boolean => v.faults.some((f) => f.includes("inner lengths"));

function keysOf(update: Update, kind: "mp-reach" | "mp-unreach"): readonly string[] {
  const attribute = attributeOf(update.attributes, kind);
  if (attribute === undefined || attribute.family !== "l2vpn-evpn") return [];
  return attribute.routes
    .map((r: Nlri) => encodeNlri("l2vpn-evpn", r))
    .filter(isWhole)
    .map((b) => keyText(b));
}

/** Types whose inside only the table looks at. */
const isWhole = (b: Uint8Array): boolean => evpnKeyLayout(b[0]!, b, 2, b.length - 2) !== undefined;

/** RFC 4271 §9.1.2, RFC 4456 §8. */
function loops(update: Update): boolean {
  const path = attributeOf(update.attributes, "as-path");
  return (
    path?.segments.some((s) => s.asns.includes(us.asn)) === true ||
    attributeOf(update.attributes, "as4-path")?.segments.some((s) => s.asns.includes(us.asn)) === true ||
    attributeOf(update.attributes, "originator-id")?.originator === ourId ||
    attributeOf(update.attributes, "cluster-list")?.clusters.some((c) => c === ourId) === true
  );
}

/** NO_ADVERTISE and LLGR_STALE keep routes from clients that may not have them. */
function goesOn(update: Update): boolean {
  const list = attributeOf(update.attributes, "communities")?.communities ?? [];
  return !list.some((c) => c === community.noAdvertise || c === community.llgrStale);
}

/** `role 1 | (length 2 | UPDATE body) …`; the last body takes what is left. */
function judge(input: Uint8Array): string {
  const session = new Session(roles[(input[0] ?? 0) % roles.length]!);
  for (let at = 1; at + 2 <= input.length;) {
    const end = Math.min(input.length, at + 2 + ((input[at]! << 8) | input[at + 1]!));
    if (!session.update(input.slice(at + 2, end))) break;
    at = end;
  }
  session.end();
  return fate(session.words.slice(0, 6));
}

function together(role: number, bodies: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([Uint8Array.of(role), ...bodies.flatMap((b) => [Uint8Array.of(b.length >> 8, b.length & 255), b])]);
}

export function ribTargets(): readonly Target[] {
  const random = randomFrom(3);
  const routes = (n: number): number[][] => Array.from({ length: n }, () => randomNlri(random));
  const path = { ...plainPath, sequence: 3, communities: [0xffff0006], clusters: [7], originator: 9, asPath: [65001, 70000], med: 5 };
  const made = Array.from({ length: 12 }, (_, i) => {
    const [some, width] = [routes(1 + (i % 4)), i % 3 === 2 ? 2 : 4] as const;
    const internal = i % 3 !== 1;
    return together(i % 3, [
      reachBody(i % 2 === 0 ? plainPath : path, some, width, internal, i % 2 === 0),
      reachBody(path, routes(3), width, internal, true),
      unreachBody(some.slice(0, 1)),
      unreachBody([]),
    ]);
  });
  const others = [...captured(2), ...soundUpdates()].map((body, i) => together(i % 3, [body]));
  return [{ name: "rib/update", corpus: [...made, ...others], weight: 10, longest: 3000, run: judge }];
}
