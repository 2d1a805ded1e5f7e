// SPDX-License-Identifier: Apache-2.0
import type { PathSpec } from "./path-spec.ts";
import { u32 } from "./path-spec.ts";
import type { Random } from "./random.ts";
import { bestOf, expected, extendedTargets, mayGo, type ModelPath, type ModelPeer, originator, self } from "./reference-model.ts";

/** A peer of the script as far as memberships go. */
export interface ModelMember extends ModelPeer {
  /** Takes part in route target constraint. */
  readonly asks: boolean;
  readonly connected: boolean;
  /** Everything that it asks for was told. */
  complete: boolean;
}

/** Few route targets, and memberships in one, several or all of them. */
export function randomTargets(random: Random): number[][] {
  const one = (): number[] => (random(6) === 0 ? [6, 2, 1, 2, 3, 4, 5, random(2)] : [0, 2, 0xfd, 0xe8, 0, 0, 0, random(4)]);
  const list = Array.from({ length: [1, 1, 1, 1, 2, 2, 0][random(7)]! }, one);
  return [...new Map(list.map((t) => [t.join(), t])).values()];
}

export function randomMembership(random: Random): number[] {
  const dice = random(14);
  const origin = [0, 0, 0xfd, 0xe8 + random(2)];
  if (dice === 0) return [0];
  if (dice === 1) return [32, ...origin];
  if (dice === 2) return [48, ...origin, 0, 2];
  if (dice === 3) return [95, ...origin, 0, 2, 0xfd, 0xe8, 0, 0, 0, random(2) * 2];
  if (dice === 4) return [96, ...origin, 6, 2, 1, 2, 3, 4, 5, random(2)];
  return [96, ...origin, 0, 2, 0xfd, 0xe8, 0, 0, 0, random(4)];
}

/** RFC 4684 by the letter: who announced which membership, what each peer is to hear of them, and which routes each asked for. */
export class MembershipModel {
  /** By NLRI, then peer name. */
  readonly #paths = new Map<string, Map<string, ModelPath>>();

  put(path: ModelPath): void {
    const key = hex(path.nlri);
    let byPeer = this.#paths.get(key);
    if (!byPeer) this.#paths.set(key, (byPeer = new Map()));
    byPeer.set(path.from.name, path);
  }

  remove(nlri: readonly number[], from: string): void {
    this.#paths.get(hex(nlri))?.delete(from);
  }

  of(peer: ModelPeer): ModelPath[] {
    return [...this.#paths.values()].flatMap((byPeer) => byPeer.get(peer.name) ?? []);
  }

  /** The session went: `kept` says whether memberships stay for a restart. */
  down(peer: ModelPeer, kept: boolean, reflectedOnly: boolean, keepOlder: boolean): void {
    for (const path of this.of(peer)) {
      const stays = kept && (keepOlder || !path.stale) && !(reflectedOnly && originator(path) === peer.routerId);
      if (stays) path.stale = true;
      else this.remove(path.nlri, peer.name);
    }
  }

  sweep(peer: ModelPeer): void {
    for (const path of this.of(peer)) if (path.stale) this.remove(path.nlri, peer.name);
  }

  /** Whether a route is for this peer, by its route targets alone. */
  wants(peer: ModelMember, spec: PathSpec): boolean {
    if (!peer.asks) return true;
    if (!peer.complete) return false;
    const targets = extendedTargets(spec);
    return this.of(peer).some(
      ({ nlri: [bits, ...octets] }) => bits! <= 32 || targets.some((t) => startsWith(t, octets.slice(4), bits! - 32)),
    );
  }

  /** By NLRI in hex, what `to` has to hold of memberships. */
  expectedBy(to: ModelMember, everybody: readonly ModelMember[]): Map<string, string> {
    const wanted = new Map<string, string>();
    if (to.role !== "client") {
      for (const [key, byPeer] of this.#paths) {
        const best = bestOf(
          [...byPeer.values()].filter((p) => mayGo(p, to)),
          0,
        );
        if (best) wanted.set(key, expected(best, to));
      }
    }
    const behalf = everybody.some((p) => p.connected && !p.asks && p !== to && (p.role !== "non-client" || to.role === "ebgp"));
    const all: ModelPath = { nlri: [0], spec: ownDefault, from: local, stale: false, aged: false };
    if (to.role === "client" || behalf) wanted.set("00", expected(all, to));
    return wanted;
  }
}

const local: ModelPeer = {
  name: "local",
  role: "local",
  asn: self.asn,
  routerId: self.routerId,
  address: [],
  fourOctetAs: true,
  longLived: true,
};

/** Attributes of the default membership that the speaker announces itself. */
const ownDefault: PathSpec = {
  localPref: 100,
  med: undefined,
  origin: 0,
  asPath: [],
  communities: [],
  target: 0,
  targets: [],
  nonTransitive: false,
  sequence: undefined,
  sticky: false,
  originator: undefined,
  clusters: [],
  unknownTransitive: false,
  unknownNonTransitive: false,
  nextHop: u32(self.routerId),
};

const hex = (list: readonly number[]): string => Buffer.from(list).toString("hex");

/** Whether the first `bits` bits of both are equal. */
function startsWith(target: readonly number[], prefix: readonly number[], bits: number): boolean {
  const text = (list: readonly number[]): string => list.map((o) => o.toString(2).padStart(8, "0")).join("");
  return text(target).slice(0, bits) === text(prefix).slice(0, bits);
}
