// SPDX-License-Identifier: Apache-2.0
import type { IpState, MacState } from "../instance/instance.ts";
import { abandon } from "../originate/abandonment.ts";
import type { DuplicateIps } from "../originate/duplicate-ips.ts";
import type { Turn } from "../turn.ts";
import { bestNeighbour } from "./best-remote.ts";
import type { Candidate } from "./candidate.ts";

/**
 * Decides anew which MAC has an IP. A local fact counts while its MAC is ours; against a route for another MAC the higher
 * sequence number wins and equals go to the local one. A learned fact that lost is over, a declared one waits.
 */
export function settleNeighbour(turn: Turn, state: IpState, duplicates: DuplicateIps): void {
  const owner = state.local && state.instance.macs.get(state.local.mac);
  const isOurs = owner?.owner === "local";
  let remote = bestNeighbour(state.candidates);
  let wins = isOurs && (remote === undefined || localWins(owner, remote));
  const isBeaten = isOurs && state.localWins && !wins && !remote!.info.sticky;
  if (isBeaten && !duplicates.quarantineOf(state)) duplicates.countMove(turn, state, owner.mac);
  const quarantine = duplicates.quarantineOf(state);
  if (quarantine) {
    const { holder } = quarantine;
    wins = isOurs && owner.mac === holder;
    remote = bestNeighbour([...state.candidates].filter((c) => c.mac === holder));
    if (!wins && !remote) abandon(quarantine, turn.now);
  }
  state.localWins = wins;
  if (isOurs && !wins && state.local?.origin === "learned") {
    owner.localIps?.delete(state.ip);
    state.local = undefined;
  }
  if (owner) turn.announcements.add(owner);
  const mac = wins ? undefined : remote?.mac;
  if (mac === state.installed) return;
  state.installed = mac;
  turn.forwarding.push({ kind: "remote-neighbour", network: state.instance.vrf.network, ip: state.ip, mac });
}

function localWins(owner: MacState, remote: Candidate): boolean {
  if (remote.mac === owner.mac) return true; // who has the MAC is settled, and it is ours
  if (owner.claim?.fact.sticky) return true;
  return !remote.info.sticky && (owner.claim?.sequence ?? 0) >= remote.info.sequence;
}
