// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import type { PeerPolicy, PolicyModel, RuleModel } from "../../src/bgp/rib/policy/model.ts";
import { reachBody, rtConstrainFamily, unreachBody } from "../../src/bgp/rib/testing/path-spec.ts";
import { randomNlri } from "../../src/bgp/rib/testing/random-nlri.ts";
import { randomFrom } from "../../src/bgp/rib/testing/random.ts";
import { ReceivingPeer } from "../../src/bgp/rib/testing/receiving-peer.ts";
import { plainPath, RibRig } from "../../src/bgp/rib/testing/rib-rig.ts";
import { randomMembership } from "../../src/bgp/rib/testing/membership-model.ts";
import type { PeerSlot, RibPeer } from "../../src/bgp/rib/types.ts";
import { type Target, fate } from "../target.ts";
import { captured, soundUpdates } from "./message.ts";

const policy = (...rules: Partial<RuleModel>[]): PolicyModel => ({
  name: "p",
  default: "accept",
  rules: rules.map((r, i) => ({ name: `#${i + 1}`, action: "deny", ...r })),
});

/** Rules that look at sets, at routes and at what is outside the key, and change what they let through. */
const importing: PeerPolicy = {
  import: policy(
    { match: { mac: ["02:00:00:00:00:00/41"] }, set: { localPref: 200 }, action: "continue" },
    { match: { type: [5] }, set: { community: { add: ["65000:9"] } }, action: "accept" },
    { match: { vni: ["7"] } },
  ),
  routeLimit: 20,
};
const exporting: PeerPolicy = {
  export: policy(
    { match: { type: [3] } },
    {
      match: { vni: ["100"] },
      set: { med: 7, routeTarget: { add: ["65000:77"] } },
      action: "accept",
    },
    {
      match: { community: ["65000:*"] },
      set: { community: { remove: ["65000:*"] } },
      action: "accept",
    },
  ),
};
const admitted: PeerPolicy = {
  admission: { nextHops: ["own", "10.9.0.0/16"], routeTargets: ["65000:*"] },
};

type Settings = Partial<RibPeer>;
const both = { families: ["l2vpn-evpn", "rt-constrain"] } as const satisfies Settings;

/** Whose UPDATEs an input may have: the first octet of each chooses. */
const senders: readonly Settings[] = [
  { policy: importing },
  { addPath: { receive: true, send: "all" } },
  { ...both, policy: exporting },
  { role: "ebgp", asn: 65001, policy: admitted },
  { ...both, addPath: { receive: true, send: 2 }, policy: importing },
];

/** Who only listens. Of each another one comes when all is said, and has to be told just what the first one holds by then. */
const listeners: readonly Settings[] = [
  {},
  { policy: exporting, maxMessage: 65535 },
  { addPath: { receive: false, send: "all" } },
  { addPath: { receive: false, send: 2 }, policy: exporting },
  { ...both },
  { role: "ebgp", asn: 65009, fourOctetAs: false },
];
const target = [96, 0, 0, 0xfd, 0xe8, 0, 2, 0xfd, 0xe8, 0, 0, 0, 1];

class Peers {
  readonly words: string[] = [];
  readonly #rig = new RibRig({
    seed: 7,
    sizes: { pageWords: 256, indexSlots: 8, batch: 5, step: 7 },
  });
  #joined = 0;
  readonly #senders = senders.map((settings) => this.#join(settings));
  readonly #listeners = listeners.map((settings) => this.#listen(settings));

  #join(settings: Settings): PeerSlot {
    const slot = this.#rig.peer(++this.#joined, settings);
    this.#rig.far.set(slot, new ReceivingPeer(settings.maxMessage ?? 4096, settings.addPath?.send !== undefined, false));
    return slot;
  }

  #listen(settings: Settings): PeerSlot {
    const slot = this.#join(settings);
    if (settings.families?.includes("rt-constrain")) {
      for (const body of [reachBody(plainPath, [target], 4, true, true, rtConstrainFamily), unreachBody([], rtConstrainFamily)])
        this.#rig.update(slot, body);
    }
    return slot;
  }

  /** @param from its low bits choose who says it; the highest: its session comes anew after it */
  update(from: number, body: Uint8Array): void {
    const n = (from & 127) % senders.length;
    const slot = this.#senders[n]!;
    const verdict = this.#rig.update(slot, body);
    body.fill(0xee);
    this.words.push(verdict.reaction, ...(verdict.refused ?? []).map((r) => r.rule.kind));
    if (from > 127 || verdict.reaction === "reset" || verdict.reaction === "disable-family") {
      this.#rig.rib.removePeer(slot);
      this.#rig.settle();
      this.#senders[n] = this.#join(senders[n]!);
    }
    if ((from & 64) !== 0) this.#rig.settle();
  }

  end(): void {
    this.#rig.settle();
    for (const [i, settings] of listeners.entries()) {
      const first = this.#rig.at(this.#listeners[i]!);
      const late = this.#listen(settings);
      this.#rig.settle();
      assert.deepEqual(sorted(first.table), sorted(this.#rig.at(late).table), `listener ${i}: what it was told, beside a late one`);
      this.#rig.rib.removePeer(late);
    }
    for (const slot of [...this.#senders, ...this.#listeners]) this.#rig.rib.removePeer(slot);
    this.#rig.settle();
    const { routes, paths, attributeSets, rests } = this.#rig.rib.stats();
    assert.deepEqual({ routes, paths, attributeSets, rests }, { routes: 0, paths: 0, attributeSets: 0, rests: 0 });
  }
}

const sorted = (table: ReadonlyMap<string, string>): readonly (readonly [string, string])[] =>
  [...table].toSorted(([a], [b]) => (a < b ? -1 : 1));

/** `(sender 1 | length 2 | UPDATE body) …`; the last body takes what is left. */
function judge(input: Uint8Array): string {
  const peers = new Peers();
  for (let at = 0; at + 3 <= input.length;) {
    const end = Math.min(input.length, at + 3 + ((input[at + 1]! << 8) | input[at + 2]!));
    peers.update(input[at]!, input.slice(at + 3, end));
    at = end;
  }
  peers.end();
  return fate(peers.words.slice(0, 8));
}

function together(bodies: readonly (readonly [from: number, body: Uint8Array])[]): Uint8Array {
  return Buffer.concat(bodies.flatMap(([from, b]) => [Uint8Array.of(from, b.length >> 8, b.length & 255), b]));
}

export function ribPeersTargets(): readonly Target[] {
  const random = randomFrom(4);
  const path = {
    ...plainPath,
    sequence: 3,
    communities: [0xfde80009],
    clusters: [7],
    originator: 9,
    med: 5,
  };
  /** With path identifiers for those who send them. */
  const routes = (from: number, n: number): number[][] =>
    Array.from({ length: n }, () => [...(from === 1 || from === 4 ? [0, 0, 0, random(3)] : []), ...randomNlri(random)]);
  const made = Array.from({ length: 16 }, (_, i) => {
    const froms = [i % 5, (i + 1 + (i >> 2)) % 5, random(5)];
    const memberships = Array.from({ length: 2 }, () => randomMembership(random));
    return together([
      ...froms.flatMap((from) => {
        const some = routes(from, 1 + random(4));
        const internal = from !== 3;
        const bodies = [reachBody(random(2) === 0 ? plainPath : path, some, 4, internal, true), unreachBody(some.slice(0, random(2)))];
        return bodies.map((body) => [from | (random(3) === 0 ? 64 : 0), body] as const);
      }),
      [2, reachBody(plainPath, memberships, 4, true, true, rtConstrainFamily)],
      [froms[0]! | 128, unreachBody([])],
      [2, unreachBody(memberships.slice(1), rtConstrainFamily)],
    ]);
  });
  const others = [...captured(2), ...soundUpdates()].map((body, i) => together([[i % 5, body]]));
  return [{ name: "rib/peers", corpus: [...made, ...others], weight: 10, longest: 3000, run: judge }];
}
