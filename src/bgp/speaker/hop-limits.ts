// SPDX-License-Identifier: Apache-2.0
import type { HopLimits } from "../../base/sys/tcp-socket.ts";
import type { SessionSettings } from "./config.ts";

/**
 * TTLs of a session. GTSM (RFC 5082 §3): send 255 and take nothing that passed more routers than agreed.
 * Another AS is next door unless said otherwise; within ours the peer may be anywhere.
 */
export function hopLimitsOf(settings: SessionSettings, localAsn: number): HopLimits {
  if (settings.ttlSecurity !== undefined) return { ttl: 255, minTtl: 256 - settings.ttlSecurity };
  const mayBeInternal = typeof settings.asn === "object" ? settings.asn.includes(localAsn) : settings.asn === localAsn;
  return { ttl: settings.multihop ?? (mayBeInternal ? 64 : 1), minTtl: 0 };
}
