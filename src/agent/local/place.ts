// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import { isMulticastMac, type Mac } from "../../base/net/mac.ts";
import type { LocalMac } from "../../evpn/types.ts";
import type { NetworkPlan, PortPlan } from "../desired/network-plan.ts";
import type { ActualLink, BridgeEntry } from "../kernel/actual.ts";
import type { NamespaceTables } from "../kernel/namespace-tables.ts";

/** A network's bridge as the kernel has it now: where local MACs and addresses are looked up. */
export interface Place {
  readonly plan: NetworkPlan;
  readonly tables: NamespaceTables;
  readonly bridge: ActualLink;
}

export function placeOf(plan: NetworkPlan, tables: NamespaceTables | undefined): Place | undefined {
  const bridge = tables?.linkByName(plan.bridge);
  return tables && bridge ? { plan, tables, bridge } : undefined;
}

/** The port of the bridge behind which an entry says that its MAC is; undefined when that is not a workload of this host. */
export function workloadPort(tables: NamespaceTables, entry: BridgeEntry | undefined): ActualLink | undefined {
  // `local` entries are the addresses of the bridge and its ports; extern_learn ones are ours or another daemon's.
  if (!entry || entry.kind === "local" || entry.extern) return undefined;
  const port = tables.links.get(entry.port);
  return port && port.vxlan === undefined && port.running ? port : undefined;
}

/** A MAC that the bridge learned or somebody put there by hand; a hand-made (`static`) entry may not move, as with FRR. */
export function learnedMac(place: Place, mac: Mac): LocalMac | undefined {
  if (isMulticastMac(mac)) return undefined;
  const entry = place.tables.bridges.get(place.bridge.index)?.get(mac);
  const port = workloadPort(place.tables, entry);
  if (!entry || !port) return undefined;
  return { network: place.plan.network, mac, port: port.name, sticky: entry.kind === "static", origin: "learned" };
}

/** The MAC of a declared port counts from the moment its interface is a running port of the bridge. */
export function declaredMac(place: Place, port: PortPlan): LocalMac | undefined {
  if (port.mac === undefined) return undefined;
  const link = place.tables.linkByName(port.interface);
  if (!link || link.master !== place.bridge.index || !link.running) return undefined;
  return { network: place.plan.network, mac: port.mac, port: port.interface, sticky: port.sticky, origin: "declared" };
}

/** Neighbours that this host found out by itself, or was told by an administrator; not those of EVPN daemons. */
export function neighbourMac(place: Place, ip: Ip): Mac | undefined {
  if (isMulticastIp(ip)) return undefined;
  const found = place.tables.neighbours.get(place.bridge.index)?.get(ip);
  if (!found || found.origin === "own" || found.origin === "daemon" || found.origin === "failed" || isMulticastMac(found.mac))
    return undefined;
  return found.mac;
}

/** The kernel keeps NOARP neighbours for group addresses. */
function isMulticastIp(ip: Ip): boolean {
  if (ip.includes(":")) return ip.startsWith("ff");
  const first = Number(ip.slice(0, ip.indexOf(".")));
  return first >= 224;
}
