// SPDX-License-Identifier: Apache-2.0
import type { Notification } from "../wire/notification.ts";
import type { Open } from "../wire/open.ts";
import type { ConnectionId, TimerName } from "./timer-name.ts";

/** Everything that can happen to a session — RFC 4271 §8.1, with the names of what happened in place of event numbers. */
export type SessionEvent =
  /** ManualStart; also takes back a stop, or a `reset` that waits for an operator. */
  | { readonly kind: "start" }
  /** ManualStop. Without a NOTIFICATION the connections are just closed, so that peers keep our routes (RFC 4724). */
  | { readonly kind: "stop"; readonly notification: Notification | undefined }
  /** Something above the session ends it: too many prefixes, a changed configuration, an operator's reset. */
  | { readonly kind: "reset"; readonly notification: Notification; readonly again: "soon" | "when-started" }
  /** Whoever watches the way to the peer (BFD) says that it is broken — RFC 5882 §4.2. */
  | { readonly kind: "path-down"; readonly why: string }
  /** The connection that a `connect` action asked for is up. */
  | { readonly kind: "connected"; readonly connection: ConnectionId }
  | { readonly kind: "connect-failed"; readonly reason: string }
  /** The peer connected to us. */
  | { readonly kind: "accepted"; readonly connection: ConnectionId }
  /** The TCP connection ended without us having asked for it. */
  | { readonly kind: "closed"; readonly connection: ConnectionId; readonly reason: string }
  | { readonly kind: "open"; readonly connection: ConnectionId; readonly open: Open }
  | { readonly kind: "keepalive"; readonly connection: ConnectionId }
  /** One or more UPDATEs arrived; their content is the RIB's business. */
  | { readonly kind: "update"; readonly connection: ConnectionId }
  | { readonly kind: "route-refresh"; readonly connection: ConnectionId }
  | { readonly kind: "notification"; readonly connection: ConnectionId; readonly notification: Notification }
  /** Something arrived that must be answered with this NOTIFICATION: a bad header, OPEN or UPDATE. */
  | { readonly kind: "fault"; readonly connection: ConnectionId; readonly notification: Notification; readonly why?: string }
  | { readonly kind: "timer"; readonly timer: TimerName };
