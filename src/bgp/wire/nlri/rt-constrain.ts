// SPDX-License-Identifier: Apache-2.0
import { fromHex, toHex } from "../../../base/bytes/hex.ts";
import type { Reader } from "../../../base/bytes/reader.ts";
import type { Writer } from "../../../base/bytes/writer.ts";
import { type RouteTarget, formatRouteTarget, isRouteTarget, routeTargetToBytes } from "../community/route-target.ts";

/**
 * Route target membership: "send me routes with this target" — RFC 4684 §4. Zero bits means "all of them";
 * between 32 and 96 bits it is a prefix of an origin AS and a route target.
 *
 *   bits 1 | origin AS 4 | route target 0–8
 */
export interface RouteTargetMembership {
  readonly kind: "rt-membership";
  /** 0, or 32 to 96. */
  readonly length: number;
  readonly originAs: number;
  /** As many octets of the extended community as the length needs, in hex. */
  readonly target: string;
  /** RFC 7911. */
  readonly pathId?: number;
}

export function rtConstrainLength(b: Uint8Array, offset: number, end: number): number | string {
  if (offset >= end) return "route target membership cut off before its length";
  const bits = b[offset]!;
  if (bits !== 0 && (bits < 32 || bits > 96)) return `route target membership of ${bits} bits, must be 0 or 32 to 96`;
  const length = 1 + ((bits + 7) >> 3);
  return offset + length <= end ? length : `route target membership of ${bits} bits runs past the end by ${offset + length - end}`;
}

export function decodeRtConstrain(r: Reader): RouteTargetMembership {
  const length = r.u8();
  if (length === 0) return { kind: "rt-membership", length, originAs: 0, target: "" };
  const originAs = r.u32();
  return { kind: "rt-membership", length, originAs, target: toHex(r.take((length - 25) >> 3)) };
}

export function encodeRtConstrain(route: RouteTargetMembership, w: Writer): void {
  w.u8(route.length);
  if (route.length > 0) w.u32(route.originAs).put(fromHex(route.target)!);
}

/** The one route target that a full-length membership names. */
export function targetOfMembership(route: RouteTargetMembership): RouteTarget | undefined {
  const octets = fromHex(route.target)!;
  return route.length === 96 && isRouteTarget(octets) ? formatRouteTarget(octets) : undefined;
}

/** Membership in exactly one route target. */
export function membershipOf(originAs: number, target: RouteTarget): RouteTargetMembership {
  return { kind: "rt-membership", length: 96, originAs, target: toHex(routeTargetToBytes(target)) };
}

export function formatRtConstrain(route: RouteTargetMembership): string {
  if (route.length === 0) return "default";
  return `${route.originAs}:${targetOfMembership(route) ?? `0x${route.target}`}/${route.length}`;
}
