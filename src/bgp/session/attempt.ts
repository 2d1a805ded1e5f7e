// SPDX-License-Identifier: Apache-2.0
/** Our own attempts to connect, and staying away after errors. */
import { backoffDelay } from "../../base/run/backoff.ts";
import type { Draft } from "./draft.ts";

/** The first retry of a refused connection, ms: peers that start together must not wait for each other. */
const firstRetry = 100;
/** How long TCP may try, ms: its own retransmissions grow to minutes while the peer came back long ago. */
const connectLimit = 5_000;
/** The first idle hold after an error, and the longest, ms. */
const firstHold = 200;
const longestHold = 30_000;

/** Connects now; a passive peer is waited for. */
export function beginAttempt(d: Draft): void {
  if (d.config.passive) {
    d.attempt = "waiting";
    return;
  }
  d.attempt = "connecting";
  d.attempts++;
  d.actions.push({ kind: "connect" }, { kind: "start-timer", timer: "connect-retry", ms: connectLimit, jitter: false });
}

/** Connects later; meanwhile the peer may. */
export function waitForAttempt(d: Draft): void {
  d.attempt = "waiting";
  if (d.config.passive) return;
  const ms = backoffDelay(Math.max(0, d.attempts - 1), firstRetry, d.config.connectRetry);
  d.actions.push({ kind: "start-timer", timer: "connect-retry", ms, jitter: true });
}

/** Neither connects nor accepts for a while, the longer the more often it went wrong. */
export function holdOff(d: Draft): void {
  d.attempt = "held";
  const ms = backoffDelay(Math.max(0, d.failures - 1), firstHold, longestHold);
  d.actions.push({ kind: "start-timer", timer: "idle-hold", ms, jitter: true });
}

/** Gives up whatever attempt there is. */
export function endAttempt(d: Draft): void {
  if (d.attempt === "connecting") d.actions.push({ kind: "abort-connect" });
  if (d.attempt === "connecting" || d.attempt === "waiting") d.actions.push({ kind: "stop-timer", timer: "connect-retry" });
  if (d.attempt === "held") d.actions.push({ kind: "stop-timer", timer: "idle-hold" });
  d.attempt = "none";
}

/** ConnectRetryTimer expired — RFC 4271 §8.2.2, Connect and Active, event 9. */
export function connectRetryExpired(d: Draft): void {
  if (d.attempt === "connecting") {
    d.actions.push({ kind: "abort-connect" });
    connectFailed(d, "no answer from the peer (wrong address, a firewall, or a wrong MD5 password or TTL at either end)");
  } else if (d.attempt === "waiting") {
    // The peer's connection is nearly a session: another one now would only collide with it.
    if (d.connections.some((c) => c.phase === "open-confirm")) waitForAttempt(d);
    else beginAttempt(d);
  }
}

export function connectFailed(d: Draft, reason: string): void {
  d.actions.push({ kind: "attempt-failed", cause: { kind: "connect-failed", reason } });
  waitForAttempt(d);
}
