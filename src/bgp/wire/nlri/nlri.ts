// SPDX-License-Identifier: Apache-2.0
import type { EvpnRoute } from "./evpn/route.ts";
import type { UnicastRoute } from "./ip-unicast.ts";
import type { RouteTargetMembership } from "./rt-constrain.ts";
import type { VpnRoute } from "./vpn.ts";

/** The whole NLRI field of a family that no row of the table reads, carried unchanged. */
export interface OpaqueNlri {
  readonly kind: "opaque-nlri";
  readonly octets: Uint8Array;
  readonly pathId?: number;
}

export type Nlri = UnicastRoute | VpnRoute | RouteTargetMembership | EvpnRoute | OpaqueNlri;
