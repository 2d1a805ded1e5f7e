// SPDX-License-Identifier: Apache-2.0
import type { RouteEntry } from "../bgp/rib/route-query.ts";
import { attributeText } from "./route-row.ts";

const prefixRoute = 5;
/** The prefix length in an NLRI of type 5: `type 1 | length 1 | RD 8 | ESI 10 | tag 4 | bits 1` — RFC 9136 §3.1. */
const lengthAt = 24;

/**
 * Of type-5 routes to prefixes that hold one address the longest: per set of route targets, because that is what makes a
 * routed space, whoever announces in it. Shown all candidates first; then it says which are to be kept.
 */
export class LongestPrefix {
  readonly #longest = new Map<string, number>();

  see(entry: RouteEntry): void {
    if (entry.nlri[0] !== prefixRoute) return;
    const space = spaceOf(entry);
    this.#longest.set(space, Math.max(this.#longest.get(space) ?? -1, entry.nlri[lengthAt]!));
  }

  keeps(entry: RouteEntry): boolean {
    return entry.nlri[0] !== prefixRoute || entry.nlri[lengthAt] === this.#longest.get(spaceOf(entry));
  }
}

function spaceOf(entry: RouteEntry): string {
  return attributeText(entry.attributes).routeTargets.toSorted().join(" ");
}
