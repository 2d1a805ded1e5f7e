// SPDX-License-Identifier: Apache-2.0
/**
 * MAC mobility — RFC 7432 §15. Sequence numbers are compared as plain unsigned numbers and stop at their highest value:
 * serial-number arithmetic (RFC 1982) is no total order among three claims, so that hosts could chase one another for
 * ever, and one move a second takes 136 years to get there. At the top only a withdrawal or the lower VTEP decides.
 */
import type { Ip } from "../../base/net/ip.ts";
import { bestMac, compareIps } from "../forward/best-remote.ts";
import type { Candidate } from "../forward/candidate.ts";
import type { Claim, MacState } from "../instance/instance.ts";

const highestSequence = 0xffffffff;

/** Whether our claim stands against the best remote one: sticky first, then sequence, then the lower VTEP. */
export function claimStands(claim: Claim, remote: Candidate, self: Ip): boolean {
  if (claim.fact.sticky) return true;
  if (remote.info.sticky) return false;
  if (claim.sequence !== remote.info.sequence) return claim.sequence > remote.info.sequence;
  return compareIps(self, remote.info.vtep!) < 0;
}

/**
 * The sequence number with which a MAC is claimed now: one more than any that is known elsewhere for it, or for another
 * MAC that has one of its addresses (RFC 9721: an IP that changes its MAC moves too). 0 when nobody has it.
 */
export function claimSequence(state: MacState): number {
  let highest = -1;
  for (const c of state.candidates) highest = Math.max(highest, c.info.sequence);
  for (const ip of state.localIps ?? [])
    for (const c of state.instance.ips.get(ip)?.candidates ?? []) if (c.mac !== state.mac) highest = Math.max(highest, c.info.sequence);
  return Math.min(highest + 1, highestSequence);
}

/** Who has the MAC by what is known now: a declared claim that lost is still there, so it comes back when the winner goes. */
export function ownerOf(state: MacState): Candidate | "local" | undefined {
  const { claim, quarantine } = state;
  const active = claim && !claim.parked ? claim : undefined;
  if (quarantine) {
    const { holder } = quarantine;
    if (holder === "local") return active && "local";
    return bestMac([...state.candidates].filter((c) => c.info.vtep === holder));
  }
  const remote = bestMac(state.candidates);
  if (!active || (remote && !claimStands(active, remote, state.instance.vrf.vtep))) return remote;
  return "local";
}
