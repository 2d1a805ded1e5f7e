// SPDX-License-Identifier: Apache-2.0
/** What the tables of one network look like from outside. */
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import type { MacEntry, NeighbourEntry, NetworkCounts, VtepEntry } from "../rows.ts";
import type { Instance, IpState, MacState } from "./instance.ts";

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

/** Over the MACs that there are when it begins: a Map's own iterator would give one twice that goes and comes back. */
export function* macEntries({ macs }: Instance, mac: Mac | undefined): Generator<MacEntry> {
  const states = mac === undefined ? [...macs.values()] : [macs.get(mac)];
  for (const state of states) {
    const entry = state && macEntry(state);
    if (entry) yield entry;
  }
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

/** As {@link macEntries}. */
export function* neighbourEntries(instance: Instance): Generator<NeighbourEntry> {
  const states = [...instance.ips.values()];
  for (const state of states) {
    const { network, vni } = instance.vrf;
    const mac = neighbourMac(state);
    if (mac === undefined) continue;
    const where = state.installed === undefined ? "local" : "remote";
    const owner = instance.macs.get(mac);
    const at = owner?.installed?.vtep ?? owner?.claim?.fact.port ?? "";
    const origin = where === "local" ? state.local!.origin : "bgp";
    yield { network, vni, ip: state.ip, mac, where, at, origin };
  }
}

function neighbourMac(state: IpState): Mac | undefined {
  return state.installed ?? (state.localWins ? state.local?.mac : undefined);
}

export function networkCounts(instance: Instance): NetworkCounts {
  let [localMacs, remoteMacs, quarantined, originated] = [0, 0, 0, instance.multicast ? 1 : 0];
  for (const state of instance.macs.values()) {
    if (state.installed) remoteMacs++;
    else if (state.claim) localMacs++;
    if (state.quarantine) quarantined++;
    originated += state.announced?.size ?? 0;
  }
  let neighbours = 0;
  for (const state of instance.ips.values()) if (neighbourMac(state) !== undefined) neighbours++;
  return { localMacs, remoteMacs, neighbours, vteps: instance.floods.size, quarantined, originated };
}
