// SPDX-License-Identifier: Apache-2.0
import type { Domains } from "./domains.ts";
import { settleFlood } from "./forward/settle-flood.ts";
import { settleMac } from "./forward/settle-mac.ts";
import { settleNeighbour } from "./forward/settle-neighbour.ts";
import { settlePrefix } from "./forward/settle-prefix.ts";
import type { MacState } from "./instance/instance.ts";
import { announceMac, announcePrefix } from "./originate/announce.ts";
import type { Duplicates } from "./originate/duplicates.ts";
import type { Turn } from "./turn.ts";

/**
 * Works off what a step has touched, each thing once: MACs first, because an IP goes where its MAC is ours, then what we announce of all, because
 * other domains of this host take it in, too, then prefixes, because hosts that are here need no route and gateways are stations.
 */
export function settle(turn: Turn, duplicates: Duplicates, domains: Domains): void {
  for (const flood of turn.floods) settleFlood(turn, flood);
  for (const mac of turn.macs) settleMac(turn, mac, duplicates);
  for (const ip of turn.ips) settleNeighbour(turn, ip, duplicates.ips);
  domains.note(turn);
  for (const mac of turn.announcements) announceMac(turn, mac);
  for (const prefix of turn.prefixes) announcePrefix(turn, prefix);
  domains.exchange(turn);
  for (const prefix of turn.prefixes) settlePrefix(turn, prefix);
  sweep(turn, duplicates);
}

/** Forgets entries that hold nothing any more. */
function sweep(turn: Turn, duplicates: Duplicates): void {
  for (const { instance, vtep, candidates } of turn.floods) if (candidates.size === 0) instance.floods.delete(vtep);
  for (const state of turn.ips)
    if (state.candidates.size === 0 && !state.local && !duplicates.ips.quarantineOf(state)) state.instance.ips.delete(state.ip);
  for (const state of turn.prefixes) if (state.candidates.size + state.subnets === 0 && !state.fact) state.domain.forget(state);
  for (const states of [turn.macs, turn.announcements])
    for (const state of states) if (isEmpty(state)) state.instance.macs.delete(state.mac);
}

function isEmpty(state: MacState): boolean {
  return state.candidates.size + (state.localIps?.size ?? 0) === 0 && !state.claim && !state.quarantine;
}
