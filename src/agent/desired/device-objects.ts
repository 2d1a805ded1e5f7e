// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipToBytes } from "../../base/net/ip.ts";
import { type Mac, macFromBytes } from "../../base/net/mac.ts";
import type { NetworkPlan, PortPlan } from "./network-plan.ts";
import { hostNamespace, type KernelObject, type SysctlObject } from "./object.ts";

/** Devices, namespace and sysctls of a network that the agent makes. Adopted devices are the administrator's: nothing about them is wanted. */
export function deviceObjects(plan: NetworkPlan): KernelObject[] {
  if (plan.mode === "adopt") return [];
  const { ns, bridge, vxlan, mtu } = plan;
  const sysctl = (path: string, value: string): SysctlObject => ({ kind: "sysctl", ns, path, value });
  return [
    ...namespaceObjects(plan),
    { kind: "link", ns, name: bridge, device: { kind: "bridge", address: bridgeAddress(plan.vtep) }, mtu, master: undefined },
    { kind: "link", ns, name: vxlan, device: { kind: "vxlan", vni: plan.vni, local: plan.vtep, port: plan.port }, mtu, master: bridge },
    // Gratuitous ARP and unsolicited NA of a workload that nobody declared make a neighbour entry: that is how its address becomes known.
    sysctl(`net.ipv4.conf.${bridge}.arp_accept`, "1"),
    sysctl(`net.ipv6.conf.${bridge}.accept_untracked_na`, "1"),
    // Once a machine has gc_thresh1 (128) neighbours in all its namespaces together, the kernel drops those that were silent for a
    // minute, and their routes would go with them. Here an address lives as long as its MAC, which the bridge forgets by itself.
    sysctl(`net.ipv4.neigh.${bridge}.gc_stale_time`, neighbourLifetime),
    sysctl(`net.ipv6.neigh.${bridge}.gc_stale_time`, neighbourLifetime),
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
function namespaceObjects({ ns }: NetworkPlan): KernelObject[] {
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
