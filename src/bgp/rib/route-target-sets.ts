// SPDX-License-Identifier: Apache-2.0
import { attributeType, AttributeWalk } from "./attribute-walk.ts";

/** Names a list of route targets that attributes have in common; 0 is none. */
export type TargetsId = number;

/** The eight octets of a route target, as a number. */
export type Target = bigint;

const routeTargetSubtype = 0x02;
const evpnType = 0x06;

/**
 * Lists of route targets, each stored once with a count of the sets of attributes that have it: what is decided by route target is decided
 * once per list, however many hosts announce into a network.
 */
export class RouteTargetSets {
  readonly #ids = new Map<string, TargetsId>();
  readonly #lists: (readonly Target[] | undefined)[] = [undefined];
  readonly #references: number[] = [0];
  readonly #free: TargetsId[] = [];
  readonly #having = new Map<Target, Set<TargetsId>>();
  readonly #onRelease: ((id: TargetsId) => void)[] = [];

  /** One more than the highest id ever given. */
  get limit(): number {
    return this.#lists.length;
  }

  list(id: TargetsId): readonly Target[] {
    return this.#lists[id]!;
  }

  /** Lists that have this route target in them. */
  having(target: Target): ReadonlySet<TargetsId> {
    return this.#having.get(target) ?? none;
  }

  /** Every list in use. */
  *all(): Generator<TargetsId> {
    for (let id = 1; id < this.#lists.length; id++) if (this.#lists[id]) yield id;
  }

  /** For whoever keeps something by id: it will mean another list. */
  onRelease(listener: (id: TargetsId) => void): void {
    this.#onRelease.push(listener);
  }

  /** The list in a stored set of attributes, `[next hop length | next hop | attributes]`; counts one more user of it. */
  hold(octets: Uint8Array): TargetsId {
    const targets = targetsIn(octets);
    const key = targets.join();
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#free.pop() ?? this.#lists.length;
      this.#ids.set(key, id);
      this.#lists[id] = targets;
      this.#references[id] = 0;
      for (const target of targets) {
        const having = this.#having.get(target);
        if (having) having.add(id);
        else this.#having.set(target, new Set([id]));
      }
    }
    this.#references[id]!++;
    return id;
  }

  release(id: TargetsId): void {
    if (--this.#references[id]! > 0) return;
    for (const listener of this.#onRelease) listener(id);
    const targets = this.#lists[id]!;
    for (const target of targets) {
      const having = this.#having.get(target)!;
      having.delete(id);
      if (having.size === 0) this.#having.delete(target);
    }
    this.#ids.delete(targets.join());
    this.#lists[id] = undefined;
    this.#free.push(id);
  }
}

const none: ReadonlySet<TargetsId> = new Set();

/** Distinct and in order. */
function targetsIn(octets: Uint8Array): readonly Target[] {
  const found = new Set<Target>();
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  const walk = new AttributeWalk().over(octets, 1 + octets[0]!, octets.length);
  while (walk.advance()) {
    if (walk.type !== attributeType.extendedCommunities) continue;
    for (let i = 0; i + 8 <= walk.length; i += 8) {
      if (isTarget(walk.u8(i), walk.u8(i + 1))) found.add(view.getBigUint64(walk.value + i));
    }
  }
  return [...found].toSorted((a, b) => (a < b ? -1 : 1));
}

/**
 * Route targets of the three forms, transitive or not (RFC 4360 §4, RFC 5668), and the ES-Import route target, which is made to be
 * matched in the same way (RFC 7432 §7.6).
 */
function isTarget(type: number, subtype: number): boolean {
  return subtype === routeTargetSubtype && ((type & ~0x40) <= 2 || type === evpnType);
}
