// SPDX-License-Identifier: Apache-2.0
import type { ControlPacket } from "../packet/control-packet.ts";
import { diagnostic } from "../packet/diagnostic.ts";
import type { DownCause } from "./action.ts";
import { goDown, goInit, goUp } from "./change-state.ts";
import type { Draft } from "./draft.ts";
import type { Remote } from "./state.ts";
import { detectionTime, scheduleSend } from "./timing.ts";
import { send } from "./transmit.ts";

/** RFC 5880 §6.8.6 from where the session is known, in its order. */
export function receivePacket(d: Draft, p: ControlPacket): void {
  const before = d.remote;
  const told = announced(d);
  d.refusedAt = undefined;
  d.remote = {
    discriminator: p.myDiscriminator,
    state: p.state,
    diagnostic: p.diagnostic,
    demand: p.demand,
    controlPlaneIndependent: p.controlPlaneIndependent,
    detectMultiplier: p.detectMultiplier,
    desiredMinTx: p.desiredMinTx,
    requiredMinRx: p.requiredMinRx,
  };
  if (p.final) endPoll(d);
  if (d.state === "admin-down") {
    d.detectAt = undefined;
    scheduleSend(d);
    d.actions.push({ kind: "discarded", rule: "admin-down" });
    return;
  }
  changeState(d, p, before);
  d.detectAt = d.now + detectionTime(d) / 1000;
  if (p.poll) send(d, true);
  // §6.8.7: what would differ from the last packet is told at once. It need not be told twice.
  if (announced(d) !== told && !p.poll) send(d);
  scheduleSend(d);
}

/** A Poll Sequence ends; what waited for it holds now — §6.5, §6.8.3. */
function endPoll(d: Draft): void {
  if (d.poll === "no") return;
  d.poll = d.poll === "again" ? "yes" : "no";
  if (d.poll === "yes") return;
  d.usedMinTx = d.desiredMinTx;
  d.usedMinRx = d.requiredMinRx;
}

function changeState(d: Draft, p: ControlPacket, before: Remote | undefined): void {
  if (p.state === "admin-down") {
    if (d.state !== "down") goDown(d, "neighbor-admin-down", "down", diagnostic.neighborSignaledDown);
  } else if (d.state === "down") {
    if (p.state === "down") goInit(d);
    else if (p.state === "init") goUp(d);
  } else if (d.state === "init") {
    if (p.state !== "down") goUp(d);
  } else if (p.state === "down") {
    goDown(d, causeOf(p, before), "down", diagnostic.neighborSignaledDown);
  }
}

/** A remote system whose detection time passed forgets our discriminator, too, but keeps its own and says why — §6.8.1. */
function causeOf(p: ControlPacket, before: Remote | undefined): DownCause {
  const isAnother = before !== undefined && before.discriminator !== p.myDiscriminator;
  return isAnother && p.yourDiscriminator === 0 ? "neighbor-restarted" : "neighbor-signaled";
}

/** All of our packet that is worth telling at once. */
function announced(d: Draft): string {
  return `${d.state} ${d.diagnostic} ${d.desiredMinTx} ${d.requiredMinRx}`;
}
