// SPDX-License-Identifier: Apache-2.0
/** What a connection brings, by the state it is in — RFC 4271 §8.2.2, OpenSent, OpenConfirm and Established. */
import { type Notification, notification } from "../wire/notification.ts";
import type { Open } from "../wire/open.ts";
import { endAttempt } from "./attempt.ts";
import { checkOpen } from "./check-open.ts";
import { closeLoser, resolveCollision } from "./collision.ts";
import { failConnection, removeConnection, replaceConnection, resumeAfter } from "./connection.ts";
import type { Draft } from "./draft.ts";
import type { SessionEvent } from "./event.ts";
import type { ConnectionId } from "./timer-name.ts";
import { type Negotiated, negotiate } from "./negotiate.ts";
import type { Connection } from "./state.ts";

/** How long a session must last until earlier errors are forgotten, ms. */
const settledAfter = 30_000;

/** Subcodes of Finite State Machine Error — RFC 6608 §3. */
const unexpectedIn: Readonly<Record<Connection["phase"], number>> = { "open-sent": 1, "open-confirm": 2, established: 3 };

type ConnectionEvent = Exclude<Extract<SessionEvent, { readonly connection: ConnectionId }>, { readonly kind: "connected" | "accepted" }>;

export function receive(d: Draft, c: Connection, event: ConnectionEvent): void {
  switch (event.kind) {
    case "closed": {
      const flapped = removeConnection(d, c, { kind: "connection-lost", reason: event.reason }) === "routes-gone";
      resumeAfter(d, flapped ? "error" : "loss");
      break;
    }
    case "fault":
      fail(d, c, event.notification, event.why);
      break;
    case "notification":
      receiveNotification(d, c, event.notification);
      break;
    case "open":
      if (c.phase === "open-sent") receiveOpen(d, c, event.open);
      else unexpected(d, c);
      break;
    case "keepalive":
      if (c.phase === "open-confirm") establish(d, c);
      else if (c.phase === "established") restartHold(d, c.id, c.negotiated!);
      else unexpected(d, c);
      break;
    case "update":
    case "route-refresh":
      if (c.phase === "established") restartHold(d, c.id, c.negotiated!);
      else unexpected(d, c);
      break;
  }
}

function unexpected(d: Draft, c: Connection): void {
  fail(d, c, notification(5, unexpectedIn[c.phase]));
}

function fail(d: Draft, c: Connection, n: Notification, why?: string): void {
  failConnection(d, c, n, { kind: "notification-sent", notification: n, ...(why !== undefined && { why }) });
}

function receiveOpen(d: Draft, c: Connection, open: Open): void {
  const refusal = checkOpen(open, d.config);
  if (refusal) {
    fail(d, c, refusal.notification, refusal.why);
    return;
  }
  const negotiated = negotiate(open, d.config);
  if (!resolveCollision(d, c, negotiated)) return;
  replaceConnection(d, { ...c, phase: "open-confirm", negotiated });
  d.actions.push({ kind: "send-keepalive", connection: c.id });
  restartHold(d, c.id, negotiated);
  if (negotiated.keepalive > 0)
    d.actions.push({ kind: "start-timer", timer: `keepalive:${c.id}`, ms: negotiated.keepalive * 1000, jitter: true });
}

function establish(d: Draft, c: Connection): void {
  const negotiated = c.negotiated!;
  endAttempt(d);
  d.attempts = 0;
  replaceConnection(d, { ...c, phase: "established" });
  for (const other of d.connections) if (other.id !== c.id) closeLoser(d, other);
  restartHold(d, c.id, negotiated);
  d.actions.push(
    { kind: "start-timer", timer: "settled", ms: settledAfter, jitter: false },
    { kind: "established", connection: c.id, negotiated },
  );
}

/** Also ends the long hold of OpenSent when no hold time was agreed on (0: RFC 4271 §4.4). */
function restartHold(d: Draft, id: ConnectionId, negotiated: Negotiated): void {
  if (negotiated.holdTime > 0) d.actions.push({ kind: "start-timer", timer: `hold:${id}`, ms: negotiated.holdTime * 1000, jitter: false });
  else d.actions.push({ kind: "stop-timer", timer: `hold:${id}` });
}

function receiveNotification(d: Draft, c: Connection, n: Notification): void {
  const collision = n.code === 6 && n.subcode === 7;
  d.actions.push({ kind: "close", connection: c.id });
  removeConnection(
    d,
    c,
    collision && c.phase !== "established" ? { kind: "collision" } : { kind: "notification-received", notification: n },
  );
  resumeAfter(d, collision ? "collision" : "error");
}
