// SPDX-License-Identifier: Apache-2.0
/** What the tables of one network look like from outside. */
import type { Ip } from "../../base/net/ip.ts";
import type { MacEntry, NeighbourEntry, NetworkCounts, VtepEntry } from "../rows.ts";
import type { Instance, MacState } from "./instance.ts";

export function vtepEntries(instance: Instance): VtepEntry[] {
  const { network, vni } = instance.vrf;
  const macs = new Map<Ip, number>();
  for (const { vtep } of instance.floods.values()) macs.set(vtep, 0);
  for (const { installed } of instance.macs.values()) if (installed) macs.set(installed.vtep, (macs.get(installed.vtep) ?? 0) + 1);
  return [...macs].map(([vtep, count]) => {
    const floodVni = instance.floods.get(vtep)?.installed;
    return { network, vni, vtep, flood: floodVni !== undefined, floodVni: floodVni ?? vni, macs: count };
  });
}

export function macEntries(instance: Instance): MacEntry[] {
  return [...instance.macs.values()].flatMap((state) => macEntry(state) ?? []);
}

function macEntry(state: MacState): MacEntry | undefined {
  const { instance, mac, installed, claim } = state;
  const { network, vni } = instance.vrf;
  const quarantined = state.quarantine !== undefined;
  if (installed) {
    const { vtep: at, sequence, sticky } = installed;
    return { network, vni, mac, where: "remote", at, sequence, sticky, origin: "bgp", ips: remoteIps(state), quarantined };
  }
  if (!claim) return undefined;
  const { port: at, sticky, origin } = claim.fact;
  return { network, vni, mac, where: "local", at, sequence: claim.sequence, sticky, origin, ips: [...(state.localIps ?? [])], quarantined };
}

function remoteIps(state: MacState): Ip[] {
  const ips = new Set<Ip>();
  for (const { ip } of state.candidates) {
    if (ip !== undefined && state.instance.ips.get(ip)?.installed === state.mac) ips.add(ip);
  }
  return [...ips];
}

export function neighbourEntries(instance: Instance): NeighbourEntry[] {
  const { network, vni } = instance.vrf;
  return [...instance.ips.values()].flatMap((state): NeighbourEntry[] => {
    const mac = state.installed ?? (state.localWins ? state.local?.mac : undefined);
    if (mac === undefined) return [];
    const where = state.installed === undefined ? "local" : "remote";
    const owner = instance.macs.get(mac);
    const at = owner?.installed?.vtep ?? owner?.claim?.fact.port ?? "";
    const origin = where === "local" ? state.local!.origin : "bgp";
    return [{ network, vni, ip: state.ip, mac, where, at, origin }];
  });
}

export function networkCounts(instance: Instance): NetworkCounts {
  let [localMacs, remoteMacs, quarantined, originated] = [0, 0, 0, instance.multicast ? 1 : 0];
  for (const state of instance.macs.values()) {
    if (state.installed) remoteMacs++;
    else if (state.claim) localMacs++;
    if (state.quarantine) quarantined++;
    originated += state.announced?.size ?? 0;
  }
  return { localMacs, remoteMacs, neighbours: neighbourEntries(instance).length, vteps: instance.floods.size, quarantined, originated };
}
