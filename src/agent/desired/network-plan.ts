// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import type { NamespaceName } from "./object.ts";

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
  /** MTU of bridge and VXLAN in octets; undefined leaves the kernel's. */
  readonly mtu: number | undefined;
}

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
