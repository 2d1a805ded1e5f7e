// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import type { ActualHop, ActualNeighbour, ActualRoute, BridgeEntry, VxlanEntry } from "./actual.ts";

/** VTEPs and ports remembered; a fabric with more only shares less. */
const most = 65_536;

const entriesTo = new Map<string, VxlanEntry>();
const entriesAt = new Map<number, BridgeEntry>();
const kinds = ["learned", "static", "local"] as const;

/** An entry of ours in a VXLAN's table: one value for all MACs behind a VTEP, so that 50,000 of them take no memory each and compare at once. */
export function ownVxlanEntry(vtep: Ip, vni: number | undefined): VxlanEntry {
  return remembered(entriesTo, vni === undefined ? vtep : `${vtep} ${vni}`, () => ({ vtep, vni, kind: "own" }));
}

/** An entry of ours in a bridge's table, behind the VXLAN device with this index. */
export function ownBridgeEntry(port: number): BridgeEntry {
  return bridgeEntry(port, "learned", true);
}

/** An entry of a bridge's table: one value for all that are alike. */
export function bridgeEntry(port: number, kind: BridgeEntry["kind"], extern: boolean): BridgeEntry {
  return remembered(entriesAt, (port * kinds.length + kinds.indexOf(kind)) * 2 + Number(extern), () => ({ port, kind, extern }));
}

/** A neighbour of the kernel's own kind. */
export function dynamicNeighbour(mac: Mac, is: { readonly stale: boolean; readonly kept: boolean }): ActualNeighbour {
  return { mac, origin: "dynamic", ...(is.stale ? { stale: true } : {}), ...(is.kept ? { kept: true } : {}) };
}

const routes = new Map<string, ActualRoute>();

/** A route: one value for all that go the same way, so that 20,000 host routes behind a VTEP take no memory each. @param hops in any order */
export function routeValue(type: ActualRoute["type"], protocol: number, hops: readonly ActualHop[]): ActualRoute {
  let name = `${type} ${protocol}`;
  const sorted = hops.length > 1 ? hops.toSorted(byAddress) : hops;
  for (const { via, dev } of sorted) name += ` ${via ?? ""}%${dev ?? ""}`;
  return remembered(routes, name, () => ({ type, protocol, hops: sorted }));
}

function byAddress(a: ActualHop, b: ActualHop): number {
  const [left, right] = [`${a.via ?? ""} ${a.dev ?? ""}`, `${b.via ?? ""} ${b.dev ?? ""}`];
  return left < right ? -1 : left > right ? 1 : 0;
}

function remembered<K, V>(table: Map<K, V>, key: K, make: () => V): V {
  let value = table.get(key);
  if (value !== undefined) return value;
  if (table.size === most) table.clear();
  value = make();
  table.set(key, value);
  return value;
}
