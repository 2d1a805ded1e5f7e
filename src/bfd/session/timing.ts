// SPDX-License-Identifier: Apache-2.0
/** When packets are due, and when their absence means something — RFC 5880 §6.8.2 to §6.8.4, §6.8.7. */
import type { Draft } from "./draft.ts";
import type { SessionState } from "./state.ts";

type Timers = Pick<SessionState, "state" | "remote" | "usedMinTx" | "usedMinRx" | "poll">;

/** Between packets of ours before jitter, microseconds — §6.8.2. */
export function transmitInterval(s: Timers): number {
  return Math.max(s.usedMinTx, s.remote?.requiredMinRx ?? 1);
}

/** How long the remote system may be silent, microseconds; 0: it was not heard yet — §6.8.4. */
export function detectionTime(s: Timers): number {
  return s.remote === undefined ? 0 : s.remote.detectMultiplier * Math.max(s.usedMinRx, s.remote.desiredMinTx);
}

/** §6.8.7: not to a remote system that wants none, nor to one in Demand mode while both are Up; a Poll Sequence is sent all the same. */
function sendsPeriodically(s: Timers): boolean {
  if (s.remote === undefined) return true;
  if (s.remote.requiredMinRx === 0) return false;
  const demanded = s.remote.demand && s.state === "up" && s.remote.state === "up";
  return !demanded || s.poll !== "no";
}

/** §6.8.7: from 75 to 100 % of the interval; with a multiplier of 1 never more than 90 %, or one packet that is late would be a failure. */
export function jitterOf(detectMultiplier: number, random: number): number {
  return 0.75 + random * (detectMultiplier === 1 ? 0.15 : 0.25);
}

/** Sets the next packet's time anew from what is known now: a shorter interval counts from the last packet on — §6.8.3. */
export function scheduleSend(d: Draft): void {
  d.nextSend = sendsPeriodically(d) ? d.lastSent + (transmitInterval(d) / 1000) * d.jitter : undefined;
}
