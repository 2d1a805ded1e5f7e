// SPDX-License-Identifier: Apache-2.0
import { type AdministratorText, administratorFromBytes, administratorToBytes, parseAdministrator } from "./administrator.ts";
import type { ExtendedCommunityCodec } from "./codec.ts";

/** `65000:100`, `10.0.0.1:7`, `4200000000:1`; `65000L:1` is the four-octet form of a small AS number. Safe as a Map key. */
export type RouteTarget = AdministratorText;

/** Route target — RFC 4360 §4, RFC 5668: sub-type 0x02 of the types 0x00 to 0x02, or 0x40 to 0x42 when it is not transitive. */
export interface RouteTargetCommunity {
  readonly kind: "route-target";
  readonly target: RouteTarget;
  readonly transitive: boolean;
}

const routeTargetSubtype = 0x02;

export const routeTarget: ExtendedCommunityCodec<RouteTargetCommunity> = {
  codes: [0x0002, 0x0102, 0x0202, 0x4002, 0x4102, 0x4202],
  decode(b: Uint8Array, at: number): RouteTargetCommunity {
    return { kind: "route-target", target: administratorFromBytes(b[at]! & 0x3f, b, at + 2), transitive: (b[at]! & 0x40) === 0 };
  },
  encode(c: RouteTargetCommunity): Uint8Array<ArrayBuffer> {
    return routeTargetToBytes(c.target, c.transitive);
  },
  format(c: RouteTargetCommunity): string {
    return `RT:${c.target}${c.transitive ? "" : " non-transitive"}`;
  },
};

/** Whether the eight octets at `at` are a transitive route target. */
export function isRouteTarget(b: Uint8Array, at = 0): boolean {
  return b[at]! <= 2 && b[at + 1] === routeTargetSubtype;
}

/** The text of the eight octets at `at`, of which {@link isRouteTarget} is true. */
export function formatRouteTarget(b: Uint8Array, at = 0): RouteTarget {
  return administratorFromBytes(b[at]! & 0x3f, b, at + 2);
}

/** Checks and canonicalises what a person wrote; undefined when it is no route target. */
export function parseRouteTarget(text: string): RouteTarget | undefined {
  return parseAdministrator(text);
}

/** The eight octets of the extended community. */
export function routeTargetToBytes(target: RouteTarget, transitive = true): Uint8Array<ArrayBuffer> {
  const { form, octets } = administratorToBytes(target);
  const out = new Uint8Array(8);
  out[0] = form | (transitive ? 0 : 0x40);
  out[1] = routeTargetSubtype;
  out.set(octets, 2);
  return out;
}
