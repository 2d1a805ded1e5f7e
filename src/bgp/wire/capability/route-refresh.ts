// SPDX-License-Identifier: Apache-2.0
import type { CapabilityCodec } from "./codec.ts";

/** Route refresh — RFC 2918 §2. Without a value. */
export interface RouteRefreshCapability {
  readonly kind: "route-refresh";
}

export const routeRefreshCapability: CapabilityCodec<RouteRefreshCapability> = {
  code: 2,
  name: "route-refresh",
  decode() {
    return { kind: "route-refresh" };
  },
  encode() {},
};
