// SPDX-License-Identifier: Apache-2.0
import type { Notification } from "../wire/notification.ts";
import { describeNotification } from "../wire/cease.ts";

/** Why a session, or an attempt at one, came to an end. */
export type DownCause =
  /** `why`: what the NOTIFICATION is too short to say. */
  | { readonly kind: "notification-sent"; readonly notification: Notification; readonly why?: string }
  | { readonly kind: "notification-received"; readonly notification: Notification }
  /** Nothing was heard for the hold time; the NOTIFICATION for it was sent. */
  | { readonly kind: "hold-expired"; readonly seconds: number }
  /** BFD says that the way to the peer is broken; the NOTIFICATION for it was sent — RFC 9384. */
  | { readonly kind: "path-down"; readonly why: string }
  /** TCP ended it, or could not begin it. */
  | { readonly kind: "connection-lost"; readonly reason: string }
  | { readonly kind: "connect-failed"; readonly reason: string }
  /** The peer restarted and connected anew before we saw the old connection go — RFC 4724 §5. */
  | { readonly kind: "peer-restarted" }
  /** The other one of two connections was kept — RFC 4271 §6.8. */
  | { readonly kind: "collision" }
  /** We closed without a word, to restart. */
  | { readonly kind: "stopped" };

const words: { readonly [K in DownCause["kind"]]: (cause: Extract<DownCause, { readonly kind: K }>) => string } = {
  "notification-sent": (cause) => `we sent ${describeNotification(cause.notification)}${cause.why === undefined ? "" : ` (${cause.why})`}`,
  "notification-received": (cause) => `peer sent ${describeNotification(cause.notification)}`,
  "hold-expired": (cause) => `hold time of ${cause.seconds} s expired`,
  "path-down": (cause) => `BFD is down: ${cause.why}`,
  "connection-lost": (cause) => `connection lost: ${cause.reason}`,
  "connect-failed": (cause) => `cannot connect: ${cause.reason}`,
  "peer-restarted": () => "peer restarted and connected anew",
  collision: () => "connection collision: the other connection was kept",
  stopped: () => "closed for our restart",
};

/** For people: `hold time of 90 s expired`, `peer sent Cease/Administrative Shutdown: "maintenance"`. */
export function describeCause(cause: DownCause): string {
  // The row under a kind takes that kind; the compiler cannot follow the correlation.
  return (words[cause.kind] as (cause: DownCause) => string)(cause);
}
