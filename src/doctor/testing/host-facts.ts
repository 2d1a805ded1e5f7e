// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import { parseInterfaceAddress } from "../../base/net/prefix.ts";
import type { DaemonFacts, DeviceFacts, HostFacts, NamespaceFacts } from "../facts.ts";

/** A device with nothing special; addresses as `10.0.0.1/24`. */
export function device(
  name: string,
  kind: string,
  more: Partial<Omit<DeviceFacts, "addresses">> & { readonly at?: readonly string[] } = {},
): DeviceFacts {
  const { at = [], ...rest } = more;
  return { name, kind, up: true, mtu: 1500, own: false, master: undefined, addresses: at.map((a) => parseInterfaceAddress(a)!), ...rest };
}

export function vxlan(
  name: string,
  master: string | undefined,
  more: Partial<DeviceFacts> & { readonly local?: string; readonly tos?: number } = {},
): DeviceFacts {
  const { local = "10.0.0.1", tos = 4, ...rest } = more;
  return device(name, "vxlan", { mtu: 1450, master, vxlan: { vni: 100, local: local as Ip, port: 4789, tos }, ...rest });
}

export function namespace(
  devices: readonly DeviceFacts[],
  sysctls: Readonly<Record<string, string>> = {},
  more: Partial<NamespaceFacts> = {},
): NamespaceFacts {
  return {
    name: undefined,
    devices,
    sysctls: new Map(Object.entries(sysctls)),
    multipaths: [],
    neighbours: { ipv4: 0, ipv6: 0 },
    connections: 0,
    ...more,
  };
}

export const agent: DaemonFacts = {
  component: "agent",
  pid: 42,
  peers: { configured: 2, established: 2 },
  openFiles: 65_536,
  neighbours: { ipv4: 0, ipv6: 0 },
};

/** A host with which nothing is wrong. */
export function hostFacts(more: Partial<HostFacts> = {}): HostFacts {
  return {
    hostName: "h1",
    missingCapabilities: [],
    missingKinds: [],
    host: namespace([]),
    domains: [],
    uplinks: [],
    daemon: agent,
    neighbourLimits: { ipv4: [128, 512, 1024], ipv6: [128, 512, 1024] },
    connectionLimit: 262_144,
    udpSockets: [],
    ...more,
  };
}
