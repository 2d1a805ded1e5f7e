// SPDX-License-Identifier: Apache-2.0
/** The helper's side of graceful restart: which routes outlive a session, and how a session is ended so that none do. */
import { ceaseSubcode } from "../wire/cease.ts";
import type { Family } from "../wire/family.ts";
import type { SessionConfig } from "./config.ts";
import type { DownCause } from "./down-cause.ts";
import type { Negotiated } from "./negotiate.ts";

/** Routes that stay, marked stale, after their session ended. */
export interface Retained {
  readonly families: readonly RetainedFamily[];
  /** Only those that the peer reflected for others. */
  readonly reflectedOnly: boolean;
}

export interface RetainedFamily {
  readonly family: Family;
  /** Seconds until the peer must be back: its Restart Time (RFC 4724 §3), 0 for a family that its capability does not list. */
  readonly restartTime: number;
  /** Seconds that routes stay beyond that as a last resort — RFC 9494 §4.2. */
  readonly staleTime: number;
}

/**
 * What of a peer's routes stays when its session ends for `cause`.
 * RFC 4724 §4.2: after the loss of TCP without a NOTIFICATION. RFC 8538 §4: also after a NOTIFICATION other than Hard Reset
 * when both sides agreed on it. Never after a decision of an administrator.
 */
export function retainedRoutes(cause: DownCause, negotiated: Negotiated, config: SessionConfig): Retained | undefined {
  const restart = negotiated.gracefulRestart;
  if (!restart || !survives(cause, restart.notifications, config.keepWhenSilent !== "nothing")) return undefined;
  const families = negotiated.families.flatMap((family): RetainedFamily[] => {
    const restartTime = restart.families.some((f) => f.family === family) ? restart.restartTime : 0;
    const staleTime = negotiated.longLived.find((f) => f.family === family)?.staleTime ?? 0;
    return restartTime + staleTime === 0 ? [] : [{ family, restartTime, staleTime }];
  });
  if (families.length === 0) return undefined;
  const reflectedOnly = isSilence(cause) && config.keepWhenSilent === "reflected";
  return { families, reflectedOnly };
}

/**
 * Whether the peer is out of reach rather than at work on its session: the hold time passed, or BFD says so, here or at its end. Which
 * of these is first is chance, and must make no difference.
 */
export function isSilence(cause: DownCause): boolean {
  if (cause.kind === "notification-received") return cause.notification.code === 6 && cause.notification.subcode === ceaseSubcode.bfdDown;
  return cause.kind === "hold-expired" || cause.kind === "path-down";
}

function survives(cause: DownCause, notifications: boolean, keepWhenSilent: boolean): boolean {
  switch (cause.kind) {
    case "connection-lost":
    case "peer-restarted":
      return true;
    case "hold-expired":
    case "path-down":
      return keepWhenSilent;
    case "notification-received":
      if (isSilence(cause)) return notifications && keepWhenSilent;
      return notifications && !(cause.notification.code === 6 && cause.notification.subcode === ceaseSubcode.hardReset);
    case "notification-sent":
      // Every Cease of ours is a decision; the rest is an accident of the session.
      return notifications && cause.notification.code !== 6;
    default:
      return false;
  }
}
