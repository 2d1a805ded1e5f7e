// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { Announced, Instance, MacState } from "../instance/instance.ts";
import type { Turn } from "../turn.ts";

/** Brings our routes for one MAC in line with its claim: the MAC alone and, as FRR does, every IP beside it. */
export function announceMac(turn: Turn, state: MacState): void {
  const { instance, claim } = state;
  const announced = (state.announced ??= new Map());
  const wanted = new Set<Ip | "">();
  if (claim && !claim.parked && state.owner === "local") {
    wanted.add("");
    for (const ip of state.localIps ?? []) if (instance.ips.get(ip)?.localWins) wanted.add(ip);
  }
  for (const [ip, { route }] of announced) {
    if (wanted.has(ip)) continue;
    announced.delete(ip);
    turn.routes.push({ kind: "withdraw", nlri: route.nlri });
  }
  if (!claim) {
    state.announced = undefined;
    return;
  }
  const attributes = wanted.size > 0 ? instance.encoder.macAttributes(claim.sequence, claim.fact.sticky) : undefined;
  for (const ip of wanted) {
    const old = announced.get(ip);
    if (old?.encoder === instance.encoder && old.route.attributes === attributes) continue;
    // Quarantine: what is out may stay, nothing new goes out.
    if (!old && state.quarantine) continue;
    const route = instance.encoder.macIp(state.mac, ip === "" ? undefined : ip, claim.sequence, claim.fact.sticky);
    announced.set(ip, replace(turn, old, { route, encoder: instance.encoder }));
  }
}

/** Our membership of the network's flood list. */
export function announceMulticast(turn: Turn, instance: Instance): void {
  if (instance.multicast?.encoder === instance.encoder) return;
  instance.multicast = replace(turn, instance.multicast, { route: instance.encoder.multicast(), encoder: instance.encoder });
}

function replace(turn: Turn, old: Announced | undefined, fresh: Announced): Announced {
  // A new RD makes another route of it, which does not replace the old one.
  if (old && Buffer.compare(old.route.nlri, fresh.route.nlri) !== 0) turn.routes.push({ kind: "withdraw", nlri: old.route.nlri });
  turn.routes.push({ kind: "announce", route: fresh.route });
  return fresh;
}
