// SPDX-License-Identifier: Apache-2.0
import { toHex } from "../../../../base/bytes/hex.ts";

/** An EVPN route of a type that we only carry — RFC 7606 §5.4 lets a speaker keep what it does not know. All of it is key. */
export interface OpaqueEvpnRoute {
  readonly kind: "opaque-evpn";
  readonly type: number;
  /** What follows the type and the length. */
  readonly value: Uint8Array;
  /** RFC 7911. */
  readonly pathId?: number;
}

/** IANA "EVPN Route Types", those that {@link OpaqueEvpnRoute} carries. */
const names: Readonly<Record<number, string>> = {
  6: "selective-multicast",
  7: "multicast-membership-report-sync",
  8: "multicast-leave-sync",
  9: "per-region-i-pmsi-ad",
  10: "s-pmsi-ad",
  11: "leaf-ad",
};

export function opaqueRouteName(type: number): string {
  return names[type] ?? `type-${type}`;
}

export function formatOpaqueRoute(route: OpaqueEvpnRoute): string {
  return `[${route.type}]:[${toHex(route.value)}]`;
}
