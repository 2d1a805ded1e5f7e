// SPDX-License-Identifier: Apache-2.0
import type { ColorCommunity } from "./color.ts";
import type { DefaultGatewayCommunity } from "./default-gateway.ts";
import type { DfElectionCommunity } from "./df-election.ts";
import type { EncapsulationCommunity } from "./encapsulation.ts";
import type { EsImportCommunity } from "./es-import.ts";
import type { EsiLabelCommunity } from "./esi-label.ts";
import type { GroupPolicyIdCommunity } from "./group-policy-id.ts";
import type { LinkBandwidthCommunity } from "./link-bandwidth.ts";
import type { MacMobilityCommunity } from "./mac-mobility.ts";
import type { NeighbourFlagsCommunity } from "./neighbour-flags.ts";
import type { RouteOriginCommunity } from "./route-origin.ts";
import type { RouteTargetCommunity } from "./route-target.ts";
import type { RouterMacCommunity } from "./router-mac.ts";

/** One that no row of the table reads: eight octets, carried unchanged. */
export interface OpaqueExtendedCommunity {
  readonly kind: "opaque-extended";
  readonly octets: Uint8Array;
}

/** Eight octets — RFC 4360 §2. */
export type ExtendedCommunity =
  | RouteTargetCommunity
  | RouteOriginCommunity
  | EncapsulationCommunity
  | MacMobilityCommunity
  | EsiLabelCommunity
  | EsImportCommunity
  | RouterMacCommunity
  | DefaultGatewayCommunity
  | NeighbourFlagsCommunity
  | DfElectionCommunity
  | GroupPolicyIdCommunity
  | LinkBandwidthCommunity
  | ColorCommunity
  | OpaqueExtendedCommunity;
