// SPDX-License-Identifier: Apache-2.0
/** What the kernel holds, as far as the agent cares: the values of the mirror and of the events that keep it current. */
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import type { Prefix } from "../../base/net/prefix.ts";
import type { RouteType } from "../../netlink/route/route.ts";
import type { NamespaceName, ObjectKey } from "../desired/object.ts";

export interface ActualLink {
  readonly index: number;
  readonly name: string;
  /** IFLA_INFO_KIND: `bridge`, `vxlan`, `veth`; empty for hardware. */
  readonly type: string;
  readonly up: boolean;
  /** Up and with carrier. */
  readonly running: boolean;
  readonly mtu: number;
  readonly address: Mac | undefined;
  /** ifindex of the bridge above, 0 for none. */
  readonly master: number;
  readonly alias: string | undefined;
  /** `addrgenmode none`: makes no link-local address of its own. */
  readonly addressless: boolean;
  readonly vxlan: ActualVxlan | undefined;
  readonly bridge: { readonly vlanFiltering: boolean; readonly mcastSnooping: boolean } | undefined;
  /** ifindex of the other end of a veth pair, in its own namespace (IFLA_LINK); 0 for other kinds. */
  readonly peer: number;
  /** `ip link … group N` */
  readonly group: number;
  /** Set on ports of a bridge. */
  readonly port: ActualPort | undefined;
}

export interface ActualPort {
  readonly neighSuppress: boolean;
  readonly learning: boolean;
  /** Passes on what it gets, as a port does unless told otherwise: floods frames of every kind, and is not isolated. */
  readonly open: boolean;
}

export interface ActualVxlan {
  readonly vni: number;
  readonly local: Ip | undefined;
  readonly port: number;
  readonly learning: boolean;
  /** `external`: the VNI comes with each packet (IFLA_VXLAN_COLLECT_METADATA). */
  readonly external: boolean;
}

/** One entry of a bridge's table; the key is the MAC, the port is a property (that is how a move shows). */
export interface BridgeEntry {
  /** ifindex of the port. */
  readonly port: number;
  /** `learned` ages out; `static` was put there by somebody; `local` is an address of the bridge or a port itself. */
  readonly kind: "learned" | "static" | "local";
  readonly extern: boolean;
}

/** One unicast entry of a VXLAN device's own table. */
export interface VxlanEntry {
  readonly vtep: Ip;
  readonly vni: number | undefined;
  /** `own`: extern_learn; `learned` from a packet by a device with learning on; `foreign`: static, somebody's. */
  readonly kind: "own" | "learned" | "foreign";
}

export interface FloodEntry {
  readonly vni: number | undefined;
  readonly own: boolean;
}

export interface ActualNeighbour {
  readonly mac: Mac;
  /**
   * `own`: extern_learn with our protocol number; `daemon`: extern_learn of somebody else; `static`: permanent or noarp, by an
   * administrator or orchestrator; `dynamic`: the kernel's own resolution; `failed`: one of those that it keeps for us, whose MAC
   * (zero here) no longer answers.
   */
  readonly origin: "own" | "daemon" | "static" | "dynamic" | "failed";
  /** Dynamic, and nobody has confirmed it for a while (NUD_STALE). */
  readonly stale?: true;
  /** Dynamic, and marked so that the kernel's garbage collection leaves it alone. */
  readonly kept?: true;
}

/** An address of an interface. */
export interface ActualAddress {
  readonly ip: Ip;
  /** In bits. */
  readonly length: number;
  /** With our protocol number. */
  readonly own: boolean;
}

export interface ActualHop {
  readonly via: Ip | undefined;
  /** ifindex; undefined for a hop that leads to no device. */
  readonly dev: number | undefined;
}

/** A route of the main table; values that are alike are one. */
export interface ActualRoute {
  readonly type: RouteType;
  /** RTPROT_* */
  readonly protocol: number;
  /** In order of the addresses. */
  readonly hops: readonly ActualHop[];
}

export type KernelEvent =
  | { readonly kind: "link"; readonly link: ActualLink }
  | { readonly kind: "link-gone"; readonly index: number }
  /** Options of a bridge port, which come without the rest of the device. */
  | { readonly kind: "port"; readonly index: number; readonly port: ActualLink["port"] }
  | { readonly kind: "bridge-entry"; readonly bridge: number; readonly mac: Mac; readonly entry: BridgeEntry | undefined }
  | { readonly kind: "vxlan-entry"; readonly index: number; readonly mac: Mac; readonly entry: VxlanEntry | undefined }
  | { readonly kind: "flood"; readonly index: number; readonly vtep: Ip; readonly entry: FloodEntry | undefined }
  | { readonly kind: "neighbour"; readonly index: number; readonly ip: Ip; readonly neighbour: ActualNeighbour | undefined }
  | { readonly kind: "address"; readonly index: number; readonly address: ActualAddress; readonly present: boolean }
  /** Of the main table; `name` is that of `routeName`. */
  | {
      readonly kind: "route";
      readonly name: string;
      readonly route: ActualRoute | undefined;
      /** With our protocol number, also when it went. */
      readonly own?: boolean;
    };

/** What the planner may ask about the kernel. Names, not indexes: a device made again gets another index. */
export interface ActualState {
  hasNamespace(ns: NamespaceName): boolean;
  link(ns: NamespaceName, name: string): ActualLink | undefined;
  linkByIndex(ns: NamespaceName, index: number): ActualLink | undefined;
  /** Value of a sysctl that is wanted: undefined when this kernel has no such key, or it was not read yet. */
  sysctl(ns: NamespaceName, path: string): string | undefined;
  bridgeEntry(ns: NamespaceName, bridge: string, mac: Mac): BridgeEntry | undefined;
  vxlanEntry(ns: NamespaceName, dev: string, mac: Mac): VxlanEntry | undefined;
  flood(ns: NamespaceName, dev: string, vtep: Ip): FloodEntry | undefined;
  neighbour(ns: NamespaceName, dev: string, ip: Ip): ActualNeighbour | undefined;
  /** Addresses of a device; not of the host namespace. */
  addresses(ns: NamespaceName, dev: string): readonly ActualAddress[];
  /** The route that the kernel made with an address is gone, and the address is there. Not of the host namespace. */
  lacksConnected(ns: NamespaceName, ip: Ip, length: number): boolean;
  /** Not of the host namespace. */
  route(ns: NamespaceName, prefix: Prefix, metric: number): ActualRoute | undefined;
  /** What was read of an object of which no event tells, a table of nftables or a proxy entry; undefined: it is not there. */
  fact(key: ObjectKey): string | undefined;
}
