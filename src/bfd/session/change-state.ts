// SPDX-License-Identifier: Apache-2.0
import { diagnostic } from "../packet/diagnostic.ts";
import type { DownCause } from "./action.ts";
import { slowestNeeded } from "./config.ts";
import type { Draft } from "./draft.ts";

/** Takes over the wishes of the configuration — RFC 5880 §6.8.3. */
export function applyIntervals(d: Draft): void {
  const { config, state } = d;
  const desiredMinTx = state === "up" ? config.desiredMinTx : Math.max(slowestNeeded, config.desiredMinTx);
  const { requiredMinRx } = config;
  if (desiredMinTx === d.desiredMinTx && requiredMinRx === d.requiredMinRx) return;
  // What would make the remote system, or us, expect too much too early waits for the end of the Poll Sequence.
  d.usedMinTx = state === "up" ? Math.min(d.usedMinTx, desiredMinTx) : desiredMinTx;
  d.usedMinRx = state === "up" ? Math.max(d.usedMinRx, requiredMinRx) : requiredMinRx;
  d.desiredMinTx = desiredMinTx;
  d.requiredMinRx = requiredMinRx;
  if (d.remote !== undefined) d.poll = d.poll === "no" ? "yes" : "again";
}

export function goInit(d: Draft): void {
  d.state = "init";
}

export function goUp(d: Draft): void {
  d.state = "up";
  d.diagnostic = diagnostic.none;
  d.actions.push({ kind: "up" });
  applyIntervals(d);
}

/** Leaves Up or Init; only those who were told of an Up are told of a Down. */
export function goDown(d: Draft, cause: DownCause, to: "down" | "admin-down", code: number, unheard = 0): void {
  const wasUp = d.state === "up";
  d.state = to;
  d.diagnostic = code;
  applyIntervals(d);
  // Nobody can confirm anything to a session that is down: the slow rate holds at once.
  d.poll = "no";
  if (wasUp) d.actions.push({ kind: "down", cause, remoteDiagnostic: d.remote?.diagnostic ?? 0, unheard });
}
