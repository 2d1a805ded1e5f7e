// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipToBytes, isIp4 } from "../../base/net/ip.ts";
import { type Mac, macFromBytes } from "../../base/net/mac.ts";
import { maskIp, prefixContains } from "../../base/net/prefix.ts";
import { staticMetric } from "../ownership.ts";
import { acceptLocal, linkObjects } from "./domain-links.ts";
import { namespaceObjects, routingSysctls } from "./device-objects.ts";
import type { DomainPlan, NetworkPlan, StaticRoute, TunnelPlan } from "./network-plan.ts";
import type { KernelObject, NamespaceName, RouteObject, SysctlObject } from "./object.ts";

/**
 * Locally administered and different on every host: two octets made from the L3VNI and four of the VTEP address, those of IPv6 folded so that
 * all of them count. A MAC of its own in each domain, because a domain that imports routes of another sends frames for each of them with
 * another VNI, and a VXLAN device tells VNIs apart by the MAC alone.
 */
export function routerMacOf(vtep: Ip, l3vni: number): Mac {
  const folded = new Uint8Array(4);
  ipToBytes(vtep).forEach((octet, i) => (folded[i % 4]! ^= octet));
  // Fibonacci hashing: VNIs are mostly next to one another.
  const hash = Math.imul(l3vni, 0x9e3779b1) >>> 16;
  return macFromBytes(Uint8Array.of(((hash >> 8) & 0xfc) | 0x02, hash & 0xff, ...folded));
}

/** What a domain needs in its namespace beside the devices of its networks. Nothing where nothing is routed. */
export function domainObjects(plan: DomainPlan, networks: readonly NetworkPlan[]): KernelObject[] {
  const { ns, tunnel, routes } = plan;
  if (!tunnel && routes.length === 0 && !networks.some((n) => n.gateway)) return [];
  return [
    ...namespaceObjects(ns),
    ...forwardingSysctls(ns),
    ...(tunnel ? tunnelObjects(ns, tunnel) : []),
    ...routes.map((route) => staticRoute(ns, route, networks)),
    ...linkObjects(plan),
  ];
}

function forwardingSysctls(ns: NamespaceName): SysctlObject[] {
  const sysctl = (path: string, value: string): SysctlObject => ({ kind: "sysctl", ns, path, value });
  return [
    sysctl("net.ipv4.ip_forward", "1"),
    // For the devices that are there; `default` for those to come.
    sysctl("net.ipv6.conf.all.forwarding", "1"),
    sysctl("net.ipv6.conf.default.forwarding", "1"),
    ...routingSysctls(ns, "all"),
    ...routingSysctls(ns, "default"),
    // Or the second address of a subnet would go with the first.
    sysctl("net.ipv4.conf.all.promote_secondaries", "1"),
    // A router that reports an error says which it is: not by the gateway's address, which every host has.
    sysctl("net.ipv4.icmp_errors_use_inbound_ifaddr", "1"),
    // Several ways are shared by flows, not by pairs of addresses: a workload has one address.
    sysctl("net.ipv4.fib_multipath_hash_policy", "1"),
    sysctl("net.ipv6.fib_multipath_hash_policy", "1"),
  ];
}

function tunnelObjects(
  ns: NamespaceName,
  { l3vni: vni, vxlan: name, vtep: local, port, routerMac, mtu, addressed }: TunnelPlan,
): KernelObject[] {
  return [
    { kind: "link", ns, name, device: { kind: "vxlan", vni, local, port, address: routerMac }, mtu, master: undefined },
    ...(addressed ? [{ kind: "address", ns, dev: name, ip: local, length: isIp4(local) ? 32 : 128 } as const] : []),
    ...routingSysctls(ns, name),
    // Another router may report an error with the address of a gateway, which is ours, too.
    acceptLocal(ns, name),
  ];
}

function staticRoute(ns: NamespaceName, { prefix, via }: StaticRoute, networks: readonly NetworkPlan[]): RouteObject {
  const network = networks.find((n) => n.gateway?.addresses.some((a) => sharesSubnet(a.ip, a.length, via)));
  return { kind: "route", ns, prefix, metric: staticMetric, hops: [{ via, dev: network?.bridge }] };
}

function sharesSubnet(gateway: Ip, length: number, ip: Ip): boolean {
  return isIp4(gateway) === isIp4(ip) && prefixContains({ ip: maskIp(gateway, length), length }, ip);
}
