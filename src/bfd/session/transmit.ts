// SPDX-License-Identifier: Apache-2.0
import { jitterOf } from "./timing.ts";
import type { Draft } from "./draft.ts";

/** Sends a packet now — RFC 5880 §6.8.7. One with Final answers a Poll, and carries none itself. */
export function send(d: Draft, final = false): void {
  d.actions.push({
    kind: "send",
    packet: {
      diagnostic: d.diagnostic,
      state: d.state,
      poll: d.poll !== "no" && !final,
      final,
      // Our sessions live in the process that speaks BGP.
      controlPlaneIndependent: false,
      demand: false,
      detectMultiplier: d.config.detectMultiplier,
      myDiscriminator: d.localDiscriminator,
      yourDiscriminator: d.remote?.discriminator ?? 0,
      desiredMinTx: d.desiredMinTx,
      requiredMinRx: d.requiredMinRx,
      // The Echo function is not ours to answer: a host has better to do.
      requiredMinEchoRx: 0,
    },
  });
  // The answer to a Poll is no periodic packet and does not move the others — §6.8.7.
  if (final) return;
  d.lastSent = d.now;
  d.jitter = jitterOf(d.config.detectMultiplier, d.random);
}
