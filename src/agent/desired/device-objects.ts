// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipToBytes, isIp4 } from "../../base/net/ip.ts";
import { type Mac, macFromBytes } from "../../base/net/mac.ts";
import { linkLocalOf } from "./link-local.ts";
import type { GatewayPlan, NetworkPlan, PortPlan } from "./network-plan.ts";
import { hostNamespace, type KernelObject, type NamespaceName, type SysctlObject } from "./object.ts";

/** Devices, namespace and sysctls of a network that the agent makes. Adopted devices are the administrator's: nothing about them is wanted. */
export function deviceObjects(plan: NetworkPlan): KernelObject[] {
  if (plan.mode === "adopt") return [];
  const { ns, bridge, vxlan, mtu, gateway } = plan;
  const address = gateway?.mac ?? bridgeAddress(plan.vtep);
  const wide = mtu === undefined ? undefined : tunnelMtu;
  const sysctl = (path: string, value: string): SysctlObject => ({ kind: "sysctl", ns, path, value });
  return [
    ...namespaceObjects(ns),
    { kind: "link", ns, name: bridge, device: { kind: "bridge", address }, mtu, master: undefined },
    {
      kind: "link",
      ns,
      name: vxlan,
      device: { kind: "vxlan", vni: plan.vni, local: plan.vtep, port: plan.port },
      mtu: wide,
      master: bridge,
    },
    // Gratuitous ARP and unsolicited NA of a workload that nobody declared make a neighbour entry: that is how its address becomes known.
    sysctl(`net.ipv4.conf.${bridge}.arp_accept`, "1"),
    sysctl(`net.ipv6.conf.${bridge}.accept_untracked_na`, "1"),
    // Once a machine has gc_thresh1 (128) neighbours in all its namespaces together, the kernel drops those that were silent for a
    // minute, and their routes would go with them. Here an address lives as long as its MAC, which the bridge forgets by itself.
    sysctl(`net.ipv4.neigh.${bridge}.gc_stale_time`, neighbourLifetime),
    sysctl(`net.ipv6.neigh.${bridge}.gc_stale_time`, neighbourLifetime),
    ...(gateway ? gatewayObjects(plan, gateway) : []),
  ];
}

/**
 * A bridge drops what is larger than the MTU of the port that it is to leave by, without a word. The VXLAN driver compares it with the way to the very VTEP
 * instead, and tells the sender in the name of whom it sent to: ICMP fragmentation needed, or Packet Too Big (skb_tunnel_check_pmtu, from 5.9 on). So the
 * tunnel of a bridge is wider than any workload; what a workload should use is the MTU of the bridge.
 */
const tunnelMtu = 65_000;

/**
 * The gateway's addresses, and what a device that routes must not do. What one sysctl says for a device may be overruled for all of them, and a
 * device that was there before the default was set keeps its own: so both are wanted, here and in `domain-objects.ts`.
 */
function gatewayObjects({ ns, bridge: dev }: NetworkPlan, { mac, addresses }: GatewayPlan): KernelObject[] {
  // A kernel that routes for others solicits from a link-local address, and not at all where it has none (ndisc_send_ns).
  const linkLocal: KernelObject[] = addresses.every(({ ip }) => isIp4(ip))
    ? []
    : [{ kind: "address", ns, dev, ip: linkLocalOf(mac), length: 64 }];
  return [
    ...linkLocal,
    ...addresses.map(({ ip, length }): KernelObject => ({ kind: "address", ns, dev, ip, length })),
    ...routingSysctls(ns, dev),
  ];
}

/** Of a device, or of `all` or `default`. */
export function routingSysctls(ns: NamespaceName, dev: string): SysctlObject[] {
  const sysctl = (path: string, value: string): SysctlObject => ({ kind: "sysctl", ns, path, value });
  return [
    // The way back may be another one: over the tunnel of the subnet or that of the domain.
    sysctl(`net.ipv4.conf.${dev}.rp_filter`, "0"),
    // There is no shorter way for a station that hears of one: the gateway is in every host.
    sysctl(`net.ipv4.conf.${dev}.send_redirects`, "0"),
  ];
}

/** A day, in seconds. */
const neighbourLifetime = "86400";

/** Locally administered and different on every host of the network: `02:57:` and the last four octets of the VTEP address. */
function bridgeAddress(vtep: Ip): Mac {
  const bytes = ipToBytes(vtep);
  return macFromBytes(Uint8Array.of(0x02, 0x57, ...bytes.subarray(bytes.length - 4)));
}

/**
 * `bridge-nf-call-*` is per namespace and 1 by default where br_netfilter is built in, 0 or absent elsewhere: bridged frames would
 * take the way through the inet chains on one host and not on another. In namespaces of ours it is set explicitly, to off while
 * nothing filters there. In the host namespace it is the administrator's.
 */
export function namespaceObjects(ns: NamespaceName): KernelObject[] {
  if (ns === hostNamespace) return [];
  const call = (table: string): SysctlObject => ({ kind: "sysctl", ns, path: `net.bridge.bridge-nf-call-${table}`, value: "0" });
  return [{ kind: "namespace", ns }, call("iptables"), call("ip6tables"), call("arptables")];
}

/**
 * The attachment of a declared port. Its MAC gets no static entry in the bridge: the first frame teaches it, frames before that
 * reach the port by flooding, and an entry that was never written cannot go stale when the workload moves away.
 */
export function attachmentObject(plan: NetworkPlan, port: PortPlan): KernelObject {
  return { kind: "attachment", ns: plan.ns, name: port.interface, bridge: plan.bridge };
}
