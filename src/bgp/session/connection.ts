// SPDX-License-Identifier: Apache-2.0
/** Connections of a session: how they are added, fail and go. */
import type { Notification } from "../wire/notification.ts";
import { holdOff, waitForAttempt } from "./attempt.ts";
import type { DownCause } from "./down-cause.ts";
import type { Draft } from "./draft.ts";
import type { ConnectionId } from "./timer-name.ts";
import { isSilence, retainedRoutes } from "./graceful-restart.ts";
import { localOpen } from "./local-open.ts";
import type { Connection } from "./state.ts";

/** RFC 4271 §8.2.2 suggests 4 minutes for OpenSent, where no hold time is agreed yet; ms. */
const openSentHold = 240_000;

/** TCP is up: say who we are. */
export function addConnection(d: Draft, id: ConnectionId, side: Connection["side"]): void {
  d.connections = [...d.connections, { id, side, phase: "open-sent" }];
  d.actions.push(
    { kind: "send-open", connection: id, open: localOpen(d.config) },
    { kind: "start-timer", timer: `hold:${id}`, ms: openSentHold, jitter: false },
  );
}

export function replaceConnection(d: Draft, next: Connection): void {
  d.connections = d.connections.map((c) => (c.id === next.id ? next : c));
}

/** Tells the peer why, and ends the connection in an error. */
export function failConnection(d: Draft, c: Connection, n: Notification, cause: DownCause): void {
  d.actions.push({ kind: "send-notification", connection: c.id, notification: n }, { kind: "close", connection: c.id });
  const flapped = removeConnection(d, c, cause) === "routes-gone";
  const silent = isSilence(cause) && c.phase === "established";
  resumeAfter(d, silent && !flapped ? "loss" : "error");
}

/**
 * Takes a connection out and reports why; closing it and what comes next are the caller's.
 * @returns whether a session ended without leaving routes behind
 */
export function removeConnection(d: Draft, c: Connection, cause: DownCause): "routes-gone" | undefined {
  d.connections = d.connections.filter((other) => other !== c);
  d.actions.push({ kind: "stop-timer", timer: `hold:${c.id}` });
  if (c.phase !== "open-sent") d.actions.push({ kind: "stop-timer", timer: `keepalive:${c.id}` });
  if (c.phase === "established") {
    const retain = retainedRoutes(cause, c.negotiated!, d.config);
    d.actions.push({ kind: "stop-timer", timer: "settled" }, { kind: "down", connection: c.id, cause, retain });
    return retain === undefined ? "routes-gone" : undefined;
  }
  if (cause.kind !== "collision") {
    d.actions.push({ kind: "attempt-failed", cause });
  }
  return undefined;
}

/**
 * Goes on after a connection went: at once unless something else is under way, and after an error not before the idle hold. A loss of
 * TCP, or silence, that took no routes along is no error: a peer that crashes again and again while it restarts must find us
 * listening when it is well, or its restart time runs out. Only our own next attempt waits, the longer the more often it happened.
 */
export function resumeAfter(d: Draft, why: "error" | "loss" | "collision"): void {
  if (why !== "collision") d.failures++;
  if (d.admin === "down" || d.attempt === "connecting" || d.attempt === "held") return;
  if (d.connections.some((c) => c.phase === "established" || c.side === "out")) return;
  if (why === "error") {
    if (d.attempt === "waiting") d.actions.push({ kind: "stop-timer", timer: "connect-retry" });
    holdOff(d);
  } else if (d.attempt === "none") {
    if (why === "loss") d.attempts = Math.max(d.attempts, d.failures);
    waitForAttempt(d);
  }
}
