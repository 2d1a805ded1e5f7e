// SPDX-License-Identifier: Apache-2.0
import { toHex } from "../../base/bytes/hex.ts";
import { rtConstrainLength } from "../wire/nlri/rt-constrain.ts";
import type { AttributesId } from "./attribute-store.ts";
import type { Target } from "./route-target-sets.ts";
import type { PeerSlot } from "./types.ts";

/** A route target membership — RFC 4684 §4 — with the path of each peer that announces it. */
export interface Membership {
  readonly key: string;
  /** The NLRI. */
  readonly octets: Uint8Array;
  readonly range: TargetRange;
  readonly paths: Map<PeerSlot, AttributesId>;
}

/** Route targets whose first bits these are. 0 bits: all routes, also those without a route target. */
export interface TargetRange {
  /** 0–64. */
  readonly bits: number;
  /** The bits as a number. */
  readonly prefix: bigint;
}

/** Octets of the default membership, which is for every route. */
export const defaultMembership: Uint8Array = Uint8Array.of(0);

export const allRoutes: TargetRange = { bits: 0, prefix: 0n };

const originAsBits = 32;

export function covers({ bits, prefix }: TargetRange, target: Target): boolean {
  return target >> BigInt(64 - bits) === prefix;
}

/** Memberships by NLRI. One that nobody announces is forgotten when it is {@link MembershipTable.forget}. */
export class MembershipTable {
  readonly #byKey = new Map<string, Membership>();

  get(octets: Uint8Array): Membership | undefined {
    return this.#byKey.get(keyOf(octets));
  }

  of(octets: Uint8Array): Membership {
    const key = keyOf(octets);
    let membership = this.#byKey.get(key);
    if (!membership) this.#byKey.set(key, (membership = { key, octets: octets.slice(), range: rangeOf(octets), paths: new Map() }));
    return membership;
  }

  forget(membership: Membership): void {
    if (membership.paths.size === 0) this.#byKey.delete(membership.key);
  }

  all(): IterableIterator<Membership> {
    return this.#byKey.values();
  }
}

/** Bits beyond the length do not tell one membership from another. */
function keyOf(octets: Uint8Array): string {
  const bits = octets[0]!;
  if ((bits & 7) === 0) return toHex(octets);
  const canonical = octets.slice();
  canonical[canonical.length - 1]! &= 0xff << (8 - (bits & 7));
  return toHex(canonical);
}

/** The origin AS says who asks, not what for: only the route target selects — RFC 4684 §4. */
function rangeOf(octets: Uint8Array): TargetRange {
  const bits = Math.max(0, octets[0]! - originAsBits);
  let prefix = 0n;
  for (let i = 5; i < octets.length; i++) prefix = (prefix << 8n) | BigInt(octets[i]!);
  return { bits, prefix: prefix >> BigInt((8 - (bits & 7)) & 7) };
}

/**
 * The memberships in an NLRI field, each handed to `take` in wire form.
 * @returns how many, or undefined when the field is malformed; nothing was taken then
 */
export function eachMembership(bytes: Uint8Array, at: number, end: number, take: (octets: Uint8Array) => void): number | undefined {
  const ends: number[] = [];
  for (let o = at; o < end;) {
    const length = rtConstrainLength(bytes, o, end);
    if (typeof length === "string") return undefined;
    o += length;
    ends.push(o);
  }
  let from = at;
  for (const to of ends) {
    take(bytes.subarray(from, to));
    from = to;
  }
  return ends.length;
}
