// SPDX-License-Identifier: Apache-2.0
import { parseRouteTarget } from "../../bgp/wire/community/route-target.ts";
import type { RouteTarget } from "../types.ts";

/**
 * `ASN:VNI` — RFC 8365 §5.1.2.1 in the plain form that FRR uses: a two-octet-AS route target whose AS is the low
 * 16 bits of a four-octet one (bgpd `form_auto_rt`), so that the 24-bit VNI always fits. The type and domain bits of
 * the RFC (0x1000_0000 for VXLAN) are not set, as in FRR without `autort rfc8365-compatible`.
 */
export function autoRouteTarget(asn: number, vni: number): RouteTarget {
  return `${asn & 0xffff}:${vni}`;
}

/** As {@link parseRouteTarget}, and `*:100` for any administrator; undefined when it is neither. */
export function parseImportTarget(text: string): RouteTarget | undefined {
  const wildcard = /^\*:(0|[1-9]\d{0,9})$/.exec(text);
  if (!wildcard) return parseRouteTarget(text);
  return Number(wildcard[1]) <= 0xffffffff ? text : undefined;
}

/** The part after the colon, by which a wildcard matches. */
export function routeTargetNumber(target: RouteTarget): string {
  return target.slice(target.lastIndexOf(":") + 1);
}
