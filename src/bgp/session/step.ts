// SPDX-License-Identifier: Apache-2.0
import { type Notification, notification } from "../wire/notification.ts";
import type { Action } from "./action.ts";
import type { TimerName } from "./timer-name.ts";
import { beginAttempt, connectFailed, connectRetryExpired, endAttempt } from "./attempt.ts";
import type { SessionConfig } from "./config.ts";
import { addConnection, failConnection, removeConnection, resumeAfter } from "./connection.ts";
import { type Draft, beginDraft, finishDraft } from "./draft.ts";
import type { SessionEvent } from "./event.ts";
import type { ConnectionId } from "./timer-name.ts";
import { cease, ceaseSubcode, hardReset } from "../wire/cease.ts";
import { receive } from "./receive.ts";
import type { Connection, SessionState } from "./state.ts";

export interface Step {
  readonly state: SessionState;
  /** To be done in this order. */
  readonly actions: readonly Action[];
}

/**
 * The state machine of RFC 4271 §8.2.2: what `event` makes of `state`, and what has to be done about it.
 * Events of connections that are gone, and timers that were stopped, change nothing.
 */
export function step(state: SessionState, event: SessionEvent, config: SessionConfig): Step {
  const d = beginDraft(state, config);
  handle(d, event);
  return { state: finishDraft(d), actions: d.actions };
}

function handle(d: Draft, event: SessionEvent): void {
  switch (event.kind) {
    case "start":
      start(d);
      break;
    case "stop":
      stop(d, event.notification);
      break;
    case "reset":
      reset(d, event.notification, event.again);
      break;
    case "path-down":
      pathDown(d, event.why);
      break;
    case "connected":
      connected(d, event.connection);
      break;
    case "connect-failed":
      if (d.attempt === "connecting") {
        d.actions.push({ kind: "stop-timer", timer: "connect-retry" });
        connectFailed(d, event.reason);
      }
      break;
    case "accepted":
      accepted(d, event.connection);
      break;
    case "timer":
      expired(d, event.timer);
      break;
    default: {
      const c = d.connections.find((x) => x.id === event.connection);
      if (c) receive(d, c, event);
    }
  }
}

function start(d: Draft): void {
  if (d.admin === "up" && d.attempt !== "held") return;
  endAttempt(d);
  d.admin = "up";
  d.failures = 0;
  d.attempts = 0;
  beginAttempt(d);
}

function stop(d: Draft, n: Notification | undefined): void {
  d.admin = "down";
  endAttempt(d);
  for (const c of d.connections) {
    if (n) dismiss(d, c, n);
    else {
      d.actions.push({ kind: "close", connection: c.id });
      removeConnection(d, c, { kind: "stopped" });
    }
  }
  d.attempts = 0;
  d.failures = 0;
}

function reset(d: Draft, n: Notification, again: "soon" | "when-started"): void {
  if (again === "when-started") {
    d.admin = "down";
    endAttempt(d);
  }
  const had = d.connections.length > 0;
  for (const c of d.connections) dismiss(d, c, n);
  if (had) resumeAfter(d, "error");
}

/** RFC 5882 §4.2: as if the hold time had passed. Without a session there is nothing to end: BFD does not keep one from coming up. */
function pathDown(d: Draft, why: string): void {
  const c = d.connections.find((x) => x.phase === "established");
  if (c) failConnection(d, c, cease(ceaseSubcode.bfdDown), { kind: "path-down", why });
}

/** Ends a connection by a decision of ours: the peer must not keep our routes as if it were an accident — RFC 8538 §3.1. */
function dismiss(d: Draft, c: Connection, n: Notification): void {
  const sent = c.negotiated?.gracefulRestart?.notifications ? hardReset(n) : n;
  d.actions.push({ kind: "send-notification", connection: c.id, notification: sent }, { kind: "close", connection: c.id });
  removeConnection(d, c, { kind: "notification-sent", notification: n });
}

/** Tcp_CR_Acked, RFC 4271 §8.1.4 event 16. */
function connected(d: Draft, id: ConnectionId): void {
  if (d.attempt !== "connecting") {
    d.actions.push({ kind: "close", connection: id });
    return;
  }
  d.actions.push({ kind: "stop-timer", timer: "connect-retry" });
  d.attempt = "none";
  addConnection(d, id, "out");
}

/** TcpConnectionConfirmed, event 17. */
function accepted(d: Draft, id: ConnectionId): void {
  if (d.admin === "down" || d.attempt === "held") {
    d.actions.push({ kind: "close", connection: id });
    return;
  }
  // The peer connects once more only when it holds its earlier attempt for dead.
  const earlier = d.connections.find((c) => c.side === "in" && c.phase !== "established");
  if (earlier) {
    d.actions.push({ kind: "close", connection: earlier.id });
    removeConnection(d, earlier, { kind: "connection-lost", reason: "the peer connected anew" });
  }
  // Likewise its established one, perhaps: a peer that lost its memory answers this with a reset, and makes room.
  const up = d.connections.find((c) => c.phase === "established");
  if (up) d.actions.push({ kind: "send-keepalive", connection: up.id });
  addConnection(d, id, "in");
}

function expired(d: Draft, timer: TimerName): void {
  if (timer === "connect-retry") connectRetryExpired(d);
  else if (timer === "idle-hold") {
    if (d.attempt === "held") beginAttempt(d);
  } else if (timer === "settled") {
    if (d.connections.some((c) => c.phase === "established")) d.failures = 0;
  } else {
    const [name, id] = timer.split(":");
    const c = d.connections.find((x) => x.id === Number(id));
    if (c) connectionTimerExpired(d, c, name === "hold" ? "hold" : "keepalive");
  }
}

function connectionTimerExpired(d: Draft, c: Connection, timer: "hold" | "keepalive"): void {
  if (timer === "hold") {
    const seconds = c.negotiated?.holdTime ?? 240;
    failConnection(d, c, notification(4, 0), { kind: "hold-expired", seconds });
  } else if (c.negotiated) {
    d.actions.push(
      { kind: "send-keepalive", connection: c.id },
      { kind: "start-timer", timer: `keepalive:${c.id}`, ms: c.negotiated.keepalive * 1000, jitter: true },
    );
  }
}
