// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { LocalRoute } from "../../bgp/rib/types.ts";
import { candidateKey } from "../forward/candidate.ts";
import type { ImportInfo } from "../forward/import-info.ts";
import type { PrefixState } from "../instance/domain.ts";
import type { Instance, MacState } from "../instance/instance.ts";
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
    withdraw(turn, route);
  }
  if (!claim) {
    state.announced = undefined;
    return;
  }
  const { encoder } = instance;
  for (const ip of wanted) {
    const old = announced.get(ip);
    const address = ip === "" ? undefined : ip;
    const isRouted = encoder.routes(address);
    const isUnchanged =
      old?.encoder === encoder && old.route.attributes === encoder.macAttributes(claim.sequence, claim.fact.sticky, isRouted);
    if (isUnchanged) continue;
    // Quarantine: what is out may stay, nothing new goes out.
    if (!old && state.quarantine) continue;
    const route = encoder.macIp(state.mac, address, claim.sequence, claim.fact.sticky);
    const info = isRouted ? encoder.exported(claim.sequence, claim.fact.sticky) : undefined;
    announced.set(ip, replace(turn, old, { route, encoder }, info));
  }
}

/** Our membership of the network's flood list. */
export function announceMulticast(turn: Turn, instance: Instance): void {
  if (instance.multicast?.encoder === instance.encoder) return;
  instance.multicast = replace(turn, instance.multicast, { route: instance.encoder.multicast(), encoder: instance.encoder }, undefined);
}

/** Brings our type-5 route in line with whether the prefix is here. */
export function announcePrefix(turn: Turn, state: PrefixState): void {
  const { domain, prefix, fact, subnets, announced } = state;
  const { encoder } = domain;
  if (fact !== undefined || subnets > 0) {
    if (announced?.encoder === encoder) return;
    state.announced = replace(turn, announced, { route: encoder.prefix(prefix), encoder }, encoder.exported);
  } else if (announced) {
    state.announced = undefined;
    withdraw(turn, announced.route);
  }
}

/** @param info of the route for other domains of this host */
function replace<T extends { readonly route: LocalRoute }>(turn: Turn, old: T | undefined, fresh: T, info: ImportInfo | undefined): T {
  // Also when the octets are the same: the domain may have another name.
  if (info || old) turn.export(fresh.route.nlri, info);
  if (old && isSameRoute(old.route, fresh.route)) return fresh;
  // A new RD makes another route of it, which does not replace the old one; a label does not.
  if (old && candidateKey(old.route.nlri) !== candidateKey(fresh.route.nlri)) withdraw(turn, old.route);
  turn.routes.push({ kind: "announce", route: fresh.route });
  return fresh;
}

function withdraw(turn: Turn, { nlri }: LocalRoute): void {
  turn.routes.push({ kind: "withdraw", nlri });
  turn.export(nlri, undefined);
}

function isSameRoute(a: LocalRoute, b: LocalRoute): boolean {
  const isSame = (x: Uint8Array, y: Uint8Array): boolean => Buffer.compare(x, y) === 0;
  return isSame(a.nlri, b.nlri) && isSame(a.attributes, b.attributes) && isSame(a.nextHop, b.nextHop);
}
