// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import type { Prefix } from "../../base/net/prefix.ts";
import type { DevicePlace, NamespaceName } from "./object.ts";

/** Where a network lives on this host: the devices, who made them, and the VTEP that it uses. */
export interface NetworkPlan {
  readonly network: string;
  readonly vni: number;
  readonly mode: "own" | "adopt";
  readonly domain: string | undefined;
  readonly ns: NamespaceName;
  readonly bridge: string;
  readonly vxlan: string;
  readonly vtep: Ip;
  /** UDP port. */
  readonly port: number;
  /** Octets; undefined leaves the kernel's. Where it is read again: {@link mtuDevice}. */
  readonly mtu: number | undefined;
  /** Addresses of the bridge at which every host routes for the network, and its MAC with them; undefined where nobody routes. */
  readonly gateway: GatewayPlan | undefined;
  /** Questions about addresses that nobody announced: to every VTEP, or to none. */
  readonly unknownNeighbours: "flood" | "drop";
}

/**
 * The device whose MTU is the network's. Our own VXLAN devices below bridges are wider (`device-objects.ts`), an administrator's bridge follows
 * its ports.
 */
export function mtuDevice(plan: NetworkPlan): string {
  return plan.mode === "own" ? plan.bridge : plan.vxlan;
}

/** The gateway of a network, the same on every host — RFC 9135 §4.1. */
export interface GatewayPlan {
  readonly mac: Mac;
  /** With the length of their subnet: host bits are set. */
  readonly addresses: readonly Prefix[];
}

/** Where a domain lives on this host: its namespace, and the VXLAN device for what is routed to and from other hosts. */
export interface DomainPlan {
  readonly domain: string;
  readonly ns: NamespaceName;
  /** Undefined: nothing is routed between hosts but within the networks that both of them have. */
  readonly tunnel: TunnelPlan | undefined;
  readonly routes: readonly StaticRoute[];
  readonly redistribute: readonly RedistributedProtocol[];
  /** To domains of this host of which it takes routes, or that take routes of it; by their names. */
  readonly links: readonly DomainLink[];
}

/** One end of a veth pair between the namespaces of two domains. */
export interface DomainLink {
  /** The other one. */
  readonly domain: string;
  readonly dev: string;
  readonly ip: Ip;
  /** The other end. */
  readonly peer: DevicePlace & { readonly ip: Ip };
}

export interface TunnelPlan {
  readonly l3vni: number;
  readonly vxlan: string;
  readonly vtep: Ip;
  /** UDP port. */
  readonly port: number;
  readonly routerMac: Mac;
  /** Octets; undefined leaves the kernel's. */
  readonly mtu: number | undefined;
  /** The VTEP's address is on the device, as the sender of ICMP errors; not where a subnet of the domain has the same addresses. */
  readonly addressed: boolean;
}

export interface StaticRoute {
  readonly prefix: Prefix;
  readonly via: Ip;
}

/** Whose routes are announced: by the words of `ip route` and FRR, or by the number of a protocol. */
export type RedistributedProtocol = "connected" | "static" | "kernel" | number;

/** A declared attachment whose network has a place. */
export interface PortPlan {
  readonly name: string;
  readonly network: string;
  readonly interface: string;
  readonly mac: Mac | undefined;
  readonly ips: readonly Ip[];
  readonly sticky: boolean;
}

/** A VXLAN device or a network that cannot be served, and why. */
export interface Refusal {
  readonly network: string;
  readonly vni: number;
  readonly bridge: string;
  readonly vxlan: string;
  readonly reason: string;
}
