// SPDX-License-Identifier: Apache-2.0
import { diagnostic } from "../packet/diagnostic.ts";
import type { SessionAction } from "./action.ts";
import { applyIntervals, goDown } from "./change-state.ts";
import { type SessionConfig, slowestNeeded } from "./config.ts";
import { type Draft, beginDraft, finishDraft } from "./draft.ts";
import type { SessionEvent } from "./event.ts";
import { receivePacket } from "./receive.ts";
import type { SessionState } from "./state.ts";
import { detectionTime, scheduleSend } from "./timing.ts";
import { send } from "./transmit.ts";

export interface Step {
  readonly state: SessionState;
  /** To be done in this order. */
  readonly actions: readonly SessionAction[];
}

/**
 * How many of our packets a host whose port is closed may leave unanswered, ms in all. Linux answers about one of them a second
 * (`net.ipv4.icmp_ratelimit`), and we then send about as many; some may be lost.
 */
export const refusalPatience = (5 * slowestNeeded) / 1000;

/**
 * The state machine of RFC 5880 §6.8 for asynchronous mode: what `event` makes of `state` at the time `now` (ms), and what has to be
 * done about it. @param random from 0 up to 1, for jitter
 */
export function step(state: SessionState, event: SessionEvent, config: SessionConfig, now: number, random: number): Step {
  const d = beginDraft(state, config, now, random);
  switch (event.kind) {
    case "packet":
      receivePacket(d, event.packet);
      break;
    case "refused":
      d.refusedAt = now;
      break;
    case "absent":
      if (d.detectAt !== undefined) d.detectAt += event.ms;
      break;
    case "time":
      timePassed(d);
      break;
    case "configure":
      applyIntervals(d);
      send(d);
      scheduleSend(d);
      break;
    case "disable":
      if (d.state === "admin-down") break;
      goDown(d, "admin-down", "admin-down", diagnostic.administrativelyDown);
      d.detectAt = undefined;
      send(d);
      scheduleSend(d);
      break;
    case "enable":
      if (d.state !== "admin-down") break;
      d.state = "down";
      d.remote = undefined;
      send(d);
      scheduleSend(d);
      break;
  }
  return { state: finishDraft(d), actions: d.actions };
}

/** When something is due next, ms; whoever drives the session then says `time`. */
export function dueAt(s: SessionState): number {
  const silent = s.refusedAt === undefined ? Infinity : s.refusedAt + refusalPatience;
  return Math.min(s.nextSend ?? Infinity, s.detectAt ?? Infinity, s.state === "up" ? Infinity : silent);
}

function timePassed(d: Draft): void {
  if (d.detectAt !== undefined && d.now >= d.detectAt) detectionTimeOver(d);
  if (d.state !== "up" && d.refusedAt !== undefined && d.now >= d.refusedAt + refusalPatience) {
    d.refusedAt = undefined;
    d.actions.push({ kind: "host-silent" });
  }
  if (d.nextSend !== undefined && d.now >= d.nextSend) {
    send(d);
    scheduleSend(d);
  }
}

/** §6.8.4. §6.8.1: the remote discriminator is forgotten, whatever the state. */
function detectionTimeOver(d: Draft): void {
  d.detectAt = undefined;
  const wasAlive = d.state === "up" || d.state === "init";
  if (wasAlive)
    goDown(d, d.refusedAt === undefined ? "silent" : "refused", "down", diagnostic.detectionTimeExpired, detectionTime(d) / 1000);
  d.remote = undefined;
  if (wasAlive) send(d);
  scheduleSend(d);
}
