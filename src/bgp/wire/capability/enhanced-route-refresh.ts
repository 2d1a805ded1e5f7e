// SPDX-License-Identifier: Apache-2.0
import type { CapabilityCodec } from "./codec.ts";

/** Enhanced route refresh — RFC 7313 §3.1. Without a value. */
export interface EnhancedRouteRefresh {
  readonly kind: "enhanced-route-refresh";
}

export const enhancedRouteRefresh: CapabilityCodec<EnhancedRouteRefresh> = {
  code: 70,
  name: "enhanced-route-refresh",
  decode() {
    return { kind: "enhanced-route-refresh" };
  },
  encode() {},
};
