// SPDX-License-Identifier: Apache-2.0
import type { AddPath } from "./add-path.ts";
import type { EnhancedRouteRefresh } from "./enhanced-route-refresh.ts";
import type { ExtendedMessage } from "./extended-message.ts";
import type { ExtendedNextHop } from "./extended-next-hop.ts";
import type { FourOctetAs } from "./four-octet-as.ts";
import type { Fqdn } from "./fqdn.ts";
import type { GracefulRestart } from "./graceful-restart.ts";
import type { LongLivedGracefulRestart } from "./long-lived-graceful-restart.ts";
import type { Multiprotocol } from "./multiprotocol.ts";
import type { Role } from "./role.ts";
import type { RouteRefreshCapability } from "./route-refresh.ts";

/** One that we do not read: unknown, or of a length that its RFC does not allow (`fault` says so; RFC 5492 §3 lets us ignore it). */
export interface OpaqueCapability {
  readonly kind: "opaque-capability";
  readonly code: number;
  readonly value: Uint8Array;
  readonly fault?: string;
}

/** RFC 5492. */
export type Capability =
  | Multiprotocol
  | RouteRefreshCapability
  | ExtendedNextHop
  | ExtendedMessage
  | Role
  | GracefulRestart
  | FourOctetAs
  | AddPath
  | EnhancedRouteRefresh
  | LongLivedGracefulRestart
  | Fqdn
  | OpaqueCapability;
