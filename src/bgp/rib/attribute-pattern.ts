// SPDX-License-Identifier: Apache-2.0
import type { StoredSet } from "./stored-set.ts";
import { attributeType, AttributeWalk } from "./attribute-walk.ts";

/** What a set of attributes must have, held against its octets: nothing is decoded. */
export type AttributePattern =
  /** One value of a list attribute is, in the bits of `mask`, one of these. */
  | { readonly kind: "any-of"; readonly values: readonly ListValue[] }
  /** 4 or 16 octets; of a next hop with a link-local address beside it the global one counts. */
  | { readonly kind: "next-hop"; readonly octets: Uint8Array }
  /** 0 IGP, 1 EGP, 2 INCOMPLETE. */
  | { readonly kind: "origin"; readonly origin: number }
  /** ORIGINATOR_ID, or the BGP identifier of the peer. */
  | { readonly kind: "originator"; readonly identifier: number };

/** A community of any kind: `type` is that of the attribute, whose value is a list of these. */
export interface ListValue {
  readonly type: number;
  readonly octets: Uint8Array;
  /** Octets that count; absent: all. */
  readonly mask?: Uint8Array;
}

const pmsiTunnel = 22;

/** @param view as in the attribute store: `[next hop length | next hop | attributes]` */
export function matchesAttributes(patterns: readonly AttributePattern[], view: Uint8Array, stored: StoredSet): boolean {
  return patterns.every((p) => matches(p, view, stored));
}

function matches(p: AttributePattern, view: Uint8Array, stored: StoredSet): boolean {
  switch (p.kind) {
    case "any-of":
      return p.values.some((v) => hasValue(v, view));
    case "next-hop":
      return sameNextHop(p.octets, view);
    case "origin":
      return stored.origin === p.origin;
    default:
      return stored.originator === p.identifier;
  }
}

/** Label of the tunnel of a type-3 route, of which the VNI is the 24 bits — RFC 8365 §5.1.3; undefined without one. */
export function tunnelLabel(view: Uint8Array): number | undefined {
  const walk = new AttributeWalk().over(view, 1 + view[0]!, view.length);
  while (walk.advance()) if (walk.type === pmsiTunnel && walk.length >= 5) return walk.u32(1) & 0xffffff;
  return undefined;
}

function hasValue(value: ListValue, view: Uint8Array): boolean {
  const walk = new AttributeWalk().over(view, 1 + view[0]!, view.length);
  while (walk.advance()) {
    if (walk.type !== value.type) continue;
    const width = value.octets.length;
    for (let o = 0; o + width <= walk.length; o += width) if (same(value, view, walk.value + o)) return true;
  }
  return false;
}

function same({ octets, mask }: ListValue, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < octets.length; i++) if (((bytes[at + i]! ^ octets[i]!) & (mask?.[i] ?? 255)) !== 0) return false;
  return true;
}

function sameNextHop(octets: Uint8Array, view: Uint8Array): boolean {
  const length = view[0]!;
  if (length !== octets.length && !(length === 32 && octets.length === 16)) return false;
  return octets.every((octet, i) => octet === view[1 + i]);
}

/** Attributes that are lists of communities, by the number of octets in one. */
export const communityAttribute = { standard: attributeType.communities, extended: attributeType.extendedCommunities, large: 32 } as const;
