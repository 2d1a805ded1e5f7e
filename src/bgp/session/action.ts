// SPDX-License-Identifier: Apache-2.0
import type { Notification } from "../wire/notification.ts";
import type { Open } from "../wire/open.ts";
import type { DownCause } from "./down-cause.ts";
import type { Retained } from "./graceful-restart.ts";
import type { Negotiated } from "./negotiate.ts";
import type { ConnectionId, TimerName } from "./timer-name.ts";

/** What the driver has to do, in this order. It adds nothing of its own. */
export type Action =
  | { readonly kind: "connect" }
  /** Give up the attempt that `connect` began; no `connected` or `connect-failed` may follow. */
  | { readonly kind: "abort-connect" }
  | { readonly kind: "send-open"; readonly connection: ConnectionId; readonly open: Open }
  | { readonly kind: "send-keepalive"; readonly connection: ConnectionId }
  | { readonly kind: "send-notification"; readonly connection: ConnectionId; readonly notification: Notification }
  /** After what was sent has gone out; nothing that still arrives is an event. */
  | { readonly kind: "close"; readonly connection: ConnectionId }
  /** Starts or restarts. With `jitter` the driver takes up to a quarter off — RFC 4271 §10. */
  | { readonly kind: "start-timer"; readonly timer: TimerName; readonly ms: number; readonly jitter: boolean }
  | { readonly kind: "stop-timer"; readonly timer: TimerName }
  /** From now on UPDATEs of this connection go to the RIB, and the RIB's to it. */
  | { readonly kind: "established"; readonly connection: ConnectionId; readonly negotiated: Negotiated }
  /** The established session is over. Routes of the families in `retain` stay, marked stale; all others go. */
  | { readonly kind: "down"; readonly connection: ConnectionId; readonly cause: DownCause; readonly retain: Retained | undefined }
  /** A connection ended before it was a session, or an attempt to connect failed. */
  | { readonly kind: "attempt-failed"; readonly cause: DownCause };
