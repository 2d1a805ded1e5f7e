// SPDX-License-Identifier: Apache-2.0
import { toHex } from "../base/bytes/hex.ts";
import type { Origination } from "../evpn/types.ts";

/** Routes of this host as a recording keeps and compares them: `announce NLRI ATTRIBUTES NEXTHOP`, `withdraw NLRI`, in hex. */
export function routeTexts(routes: readonly Origination[]): readonly string[] {
  return routes.map((r) => {
    if (r.kind === "withdraw") return `withdraw ${toHex(r.nlri)}`;
    const { nlri, attributes, nextHop } = r.route;
    return `announce ${toHex(nlri)} ${toHex(attributes)} ${toHex(nextHop)}`;
  });
}
