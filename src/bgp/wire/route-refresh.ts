// SPDX-License-Identifier: Apache-2.0
import type { Writer } from "../../base/bytes/writer.ts";
import { type Family, afiSafi, familyOf } from "./family.ts";
import { type Notification, notification } from "./notification.ts";

/**
 * ROUTE-REFRESH — RFC 2918 §3, RFC 7313 §3.2.
 *
 *   AFI 2 | subtype 1 (0 request, 1 beginning, 2 end of refresh) | SAFI 1 | outbound route filters (RFC 5291)
 */
export interface RouteRefresh {
  readonly kind: "route-refresh";
  readonly family: Family;
  /** 0 is a request, 1 BoRR, 2 EoRR; others must be ignored (RFC 7313 §5). */
  readonly subtype: number;
  /** What follows, carried unread. */
  readonly filters: Uint8Array;
}

export const refreshSubtype = { request: 0, begin: 1, end: 2 } as const;

/** @returns a NOTIFICATION when BoRR or EoRR are not four octets — RFC 7313 §5; the body has at least four */
export function decodeRouteRefresh(body: Uint8Array, whole: Uint8Array): RouteRefresh | Notification {
  const subtype = body[2]!;
  if ((subtype === refreshSubtype.begin || subtype === refreshSubtype.end) && body.length !== 4) return notification(7, 1, whole.slice());
  return { kind: "route-refresh", family: familyOf((body[0]! << 8) | body[1]!, body[3]!), subtype, filters: body.slice(4) };
}

export function encodeRouteRefresh(m: RouteRefresh, w: Writer): void {
  const { afi, safi } = afiSafi(m.family);
  w.u16(afi).u8(m.subtype).u8(safi).put(m.filters);
}

export function routeRefresh(family: Family, subtype: number = refreshSubtype.request): RouteRefresh {
  return { kind: "route-refresh", family, subtype, filters: new Uint8Array(0) };
}
