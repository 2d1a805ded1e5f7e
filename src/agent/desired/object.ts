// SPDX-License-Identifier: Apache-2.0
/**
 * The objects of the kernel that the agent wants to exist, as plain values. A key names an object whether it exists or not,
 * and the planner compares what is wanted and what is there key by key.
 */
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import { formatPrefix, type Prefix } from "../../base/net/prefix.ts";
import type { Table } from "../../nftables/table.ts";

/** Name of a network namespace under /run/netns; empty for the one that the agent runs in. */
export type NamespaceName = string;
export const hostNamespace: NamespaceName = "";

export interface NamespaceObject {
  readonly kind: "namespace";
  readonly ns: NamespaceName;
}

export interface DevicePlace {
  readonly ns: NamespaceName;
  readonly name: string;
}

export type WantedDevice =
  /** A bridge without an address of its own takes the lowest of its ports', and each change flushes its neighbours. */
  | { readonly kind: "bridge"; readonly address: Mac }
  /** With an `address` it is a domain's for routed traffic: the router MAC of this host. */
  | { readonly kind: "vxlan"; readonly vni: number; readonly local: Ip; readonly port: number; readonly address?: Mac }
  /** One end of a pair in a domain's namespace, with the place of the other one. */
  | { readonly kind: "veth"; readonly peer: DevicePlace; readonly address?: undefined }
  /** The other end, which comes and goes with the one that it belongs to. */
  | { readonly kind: "veth-peer"; readonly of: DevicePlace; readonly address?: undefined };

/** A device that the agent makes and may delete. It is always up, and made in the host namespace so that a VXLAN's UDP socket stays there. */
export interface LinkObject {
  readonly kind: "link";
  readonly ns: NamespaceName;
  readonly name: string;
  readonly device: WantedDevice;
  /** Octets. */
  readonly mtu: number | undefined;
  /** Bridge that it is a port of. */
  readonly master: string | undefined;
}

/** An interface of a workload: made by somebody else, taken from the host namespace, never deleted. */
export interface AttachmentObject {
  readonly kind: "attachment";
  readonly ns: NamespaceName;
  readonly name: string;
  readonly bridge: string;
}

export interface SysctlObject {
  readonly kind: "sysctl";
  readonly ns: NamespaceName;
  /** As sysctl(8) writes it: `net.ipv4.conf.br101.arp_accept`. */
  readonly path: string;
  readonly value: string;
  /** The table of ours without which this would let in more than it should: it is not written before that stands. */
  readonly closedBy?: ObjectKey;
}

/** A MAC behind another VTEP: one entry in the VXLAN's table (`self`) and one in its bridge's (`master`). */
export interface RemoteMacObject {
  readonly kind: "remote-mac";
  readonly ns: NamespaceName;
  readonly dev: string;
  /** Undefined for the MAC of a router: the VXLAN device of a domain has no bridge above it. */
  readonly bridge: string | undefined;
  readonly mac: Mac;
  readonly vtep: Ip;
  /** Only when it differs from the device's own. */
  readonly vni: number | undefined;
}

/** A VTEP that gets a copy of every frame without a known destination: `00:00:00:00:00:00 dst VTEP self`. */
export interface FloodObject {
  readonly kind: "flood";
  readonly ns: NamespaceName;
  readonly dev: string;
  readonly vtep: Ip;
  /** Only when it differs from the device's own. */
  readonly vni: number | undefined;
}

/** An address behind another VTEP, on the bridge device: what `neigh_suppress` answers from. Or a VTEP, on the device that leads to its router. */
export interface NeighbourObject {
  readonly kind: "neighbour";
  readonly ns: NamespaceName;
  /** The bridge, or the VXLAN device of the domain. */
  readonly dev: string;
  readonly ip: Ip;
  readonly mac: Mac;
}

/** An address of a device of ours. */
export interface AddressObject {
  readonly kind: "address";
  readonly ns: NamespaceName;
  readonly dev: string;
  readonly ip: Ip;
  /** In bits. */
  readonly length: number;
}

/** One way of a route. */
export interface WantedHop {
  readonly via: Ip;
  /** Reachable on this device without a route to it (`onlink`); undefined: as the kernel's routes say. */
  readonly dev: string | undefined;
}

/** A route in the main table of a domain's namespace. */
export interface RouteObject {
  readonly kind: "route";
  readonly ns: NamespaceName;
  readonly prefix: Prefix;
  /** Part of what names a route: routes of others for the prefix, with another metric, stand beside it. */
  readonly metric: number;
  readonly hops: readonly WantedHop[];
}

/** `ip neigh add proxy IP dev DEV`: the host answers ARP or neighbour discovery for an address that is not its own. */
export interface ProxyObject {
  readonly kind: "proxy";
  readonly ns: NamespaceName;
  readonly dev: string;
  readonly ip: Ip;
}

/** A table of nftables, written as a whole. */
export interface RulesetObject {
  readonly kind: "ruleset";
  readonly ns: NamespaceName;
  readonly table: Table;
}

export type EntryObject = RemoteMacObject | FloodObject | NeighbourObject | RouteObject;
export type KernelObject =
  | NamespaceObject
  | LinkObject
  | AttachmentObject
  | SysctlObject
  | AddressObject
  | ProxyObject
  | RulesetObject
  | EntryObject;

export type ObjectKey = string & { readonly __objectKey: never };

/** An entry lives on a device; whether one is, its key tells. */
export function isEntryKey(key: ObjectKey): boolean {
  return key.startsWith("remote-mac ") || key.startsWith("neighbour ") || key.startsWith("flood ") || key.startsWith("route ");
}

/** What names an object, without its properties. */
export type ObjectRef =
  | { readonly kind: "namespace"; readonly ns: NamespaceName }
  | { readonly kind: "link" | "attachment"; readonly ns: NamespaceName; readonly name: string }
  | { readonly kind: "sysctl"; readonly ns: NamespaceName; readonly path: string }
  | { readonly kind: "remote-mac"; readonly ns: NamespaceName; readonly dev: string; readonly mac: Mac }
  | { readonly kind: "flood"; readonly ns: NamespaceName; readonly dev: string; readonly vtep: Ip }
  | { readonly kind: "neighbour"; readonly ns: NamespaceName; readonly dev: string; readonly ip: Ip }
  | { readonly kind: "address"; readonly ns: NamespaceName; readonly dev: string; readonly ip: Ip; readonly length: number }
  | { readonly kind: "route"; readonly ns: NamespaceName; readonly prefix: Prefix; readonly metric: number }
  | { readonly kind: "proxy"; readonly ns: NamespaceName; readonly dev: string; readonly ip: Ip }
  | { readonly kind: "ruleset"; readonly ns: NamespaceName; readonly table: Pick<Table, "family" | "name"> };

/** `remote-mac weft-shop vx101 02:00:00:00:01:01`: a blank never occurs in a part, so keys can be taken apart again. */
export function keyOf(o: ObjectRef): ObjectKey {
  return `${o.kind} ${o.ns} ${lastParts(o)}` as ObjectKey;
}

function lastParts(o: ObjectRef): string {
  switch (o.kind) {
    case "namespace":
      return "";
    case "link":
    case "attachment":
      return o.name;
    case "sysctl":
      return o.path;
    case "remote-mac":
      return `${o.dev} ${o.mac}`;
    case "flood":
      return `${o.dev} ${o.vtep}`;
    case "address":
      return `${o.dev} ${o.ip}/${o.length}`;
    case "route":
      return routeName(o.prefix, o.metric);
    case "ruleset":
      return `${o.table.family} ${o.table.name}`;
    default:
      return `${o.dev} ${o.ip}`;
  }
}

/** What names a route in its namespace: `10.1.2.0/24 2087`. */
export function routeName(prefix: Prefix, metric: number): string {
  return `${prefix.ip}/${prefix.length} ${metric}`;
}

function prefixOf(text: string): Prefix {
  const at = text.indexOf("/");
  return { ip: text.slice(0, at) as Ip, length: Number(text.slice(at + 1)) };
}

export function parseKey(key: ObjectKey): ObjectRef {
  const [kind, ns, a, b] = key.split(" ") as [KernelObject["kind"], string, string, string];
  switch (kind) {
    case "namespace":
      return { kind, ns };
    case "link":
    case "attachment":
      return { kind, ns, name: a };
    case "sysctl":
      return { kind, ns, path: a };
    case "remote-mac":
      return { kind, ns, dev: a, mac: b as Mac };
    case "flood":
      return { kind, ns, dev: a, vtep: b as Ip };
    case "address":
      return { kind, ns, dev: a, ...prefixOf(b) };
    case "route":
      return { kind, ns, prefix: prefixOf(a), metric: Number(b) };
    case "proxy":
      return { kind, ns, dev: a, ip: b as Ip };
    case "ruleset":
      return { kind, ns, table: { family: a as Table["family"], name: b } };
    default:
      return { kind, ns, dev: a, ip: b as Ip };
  }
}

/** For people: `fdb 02:00:00:00:01:01 dev vx101 (weft-shop)`. */
export function describeKey(key: ObjectKey): string {
  const o = parseKey(key);
  const where = o.ns === hostNamespace || o.kind === "namespace" ? "" : ` (${o.ns})`;
  switch (o.kind) {
    case "namespace":
      return `namespace ${o.ns}`;
    case "link":
      return `device ${o.name}${where}`;
    case "attachment":
      return `port ${o.name}${where}`;
    case "sysctl":
      return `sysctl ${o.path}${where}`;
    case "remote-mac":
      return `fdb ${o.mac} dev ${o.dev}${where}`;
    case "flood":
      return `flood ${o.vtep} dev ${o.dev}${where}`;
    case "address":
      return `address ${o.ip}/${o.length} dev ${o.dev}${where}`;
    case "route":
      return `route ${formatPrefix(o.prefix)} metric ${o.metric}${where}`;
    case "proxy":
      return `proxy ${o.ip} dev ${o.dev}${where}`;
    case "ruleset":
      return `nftables table ${o.table.family} ${o.table.name}${where}`;
    default:
      return `neighbour ${o.ip} dev ${o.dev}${where}`;
  }
}
