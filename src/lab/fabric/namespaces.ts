// SPDX-License-Identifier: Apache-2.0
import { existsSync, writeFileSync } from "node:fs";
import { inNamespace, namespacePath } from "../../base/sys/namespace.ts";
import { command, tryCommand } from "../system/command.ts";

/** Makes a namespace with its loopback up. Twin: `ip netns add NAME`. */
export async function addNamespace(name: string): Promise<void> {
  await command(["ip", "netns", "add", name]);
  await command(["ip", "-n", name, "link", "set", "lo", "up"]);
}

/** Unmounts and unlinks a namespace; also the dead file that a reboot leaves behind. */
export async function removeNamespace(name: string): Promise<void> {
  if (!existsSync(namespacePath(name))) return;
  const result = await tryCommand(["ip", "netns", "del", name]);
  if (existsSync(namespacePath(name))) throw new Error(`ip netns del ${name}: ${result.stderr.trim()}`);
}

/** Writes sysctls (`net.ipv4.ip_forward` as `ipv4/ip_forward`) inside a namespace, given by name or path; one that the kernel lacks is left out. */
export function setSysctls(namespace: string, values: Readonly<Record<string, number | string>>): void {
  inNamespace(namespace.startsWith("/") ? namespace : namespacePath(namespace), () => {
    for (const [key, value] of Object.entries(values)) {
      const file = `/proc/sys/net/${key}`;
      if (existsSync(file)) writeFileSync(file, String(value));
    }
  });
}

/** Every namespace of a lab that routes. */
export const routerSysctls = {
  "ipv4/ip_forward": 1,
  "ipv6/conf/all/forwarding": 1,
  // Asymmetric paths are normal with ECMP.
  "ipv4/conf/all/rp_filter": 0,
  "ipv4/conf/default/rp_filter": 0,
  // Spread flows by the UDP source port that VXLAN makes from the inner flow.
  "ipv4/fib_multipath_hash_policy": 1,
  "ipv6/fib_multipath_hash_policy": 1,
  // A next hop that does not answer ARP, or whose link lost its carrier, is not used.
  "ipv4/fib_multipath_use_neigh": 1,
  "ipv4/conf/all/ignore_routes_with_linkdown": 1,
  "ipv4/conf/default/ignore_routes_with_linkdown": 1,
  "ipv6/conf/all/ignore_routes_with_linkdown": 1,
  "ipv6/conf/default/ignore_routes_with_linkdown": 1,
  "ipv6/conf/all/keep_addr_on_down": 1,
  // Addresses are ours alone: no second of waiting for duplicates.
  "ipv6/conf/all/accept_dad": 0,
  "ipv6/conf/default/accept_dad": 0,
  // 1 in every new namespace of some kernels: bridged frames would pass the IP chains and conntrack.
  "bridge/bridge-nf-call-iptables": 0,
  "bridge/bridge-nf-call-ip6tables": 0,
  "bridge/bridge-nf-call-arptables": 0,
} as const;
