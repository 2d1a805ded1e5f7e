// SPDX-License-Identifier: Apache-2.0
import type { EthernetAdRoute } from "./ethernet-ad.ts";
import type { EthernetSegmentRoute } from "./ethernet-segment.ts";
import type { InclusiveMulticastRoute } from "./inclusive-multicast.ts";
import type { IpPrefixRoute } from "./ip-prefix.ts";
import type { MacIpRoute } from "./mac-ip.ts";
import type { OpaqueEvpnRoute } from "./opaque-route.ts";

export type EvpnRoute = EthernetAdRoute | MacIpRoute | InclusiveMulticastRoute | EthernetSegmentRoute | IpPrefixRoute | OpaqueEvpnRoute;
