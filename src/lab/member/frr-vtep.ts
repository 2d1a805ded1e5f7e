// SPDX-License-Identifier: Apache-2.0
import { ipToBytes, parseIp } from "../../base/net/ip.ts";
import { macFromBytes } from "../../base/net/mac.ts";
import { setSysctls } from "../fabric/namespaces.ts";
import type { LabPlan, PlannedMember } from "../plan/plan.ts";
import { command } from "../system/command.ts";
import { enter } from "../system/place.ts";

/** The devices that FRR finds and fills; it makes none itself. */
export interface VtepDevices {
  readonly vni: number;
  readonly vtep: string;
}

/** Bridge `br<vni>` and VXLAN `vx<vni>` of every network of the lab. */
export async function addFrrVtep(plan: LabPlan, m: PlannedMember): Promise<void> {
  for (const { vni } of Object.values(plan.topology.networks)) await addVtepDevices(m.namespace, { vni, vtep: m.loopback });
}

/** `ip link add br100 …; ip link add vx100 type vxlan …; bridge link set dev vx100 neigh_suppress on learning off`. */
export async function addVtepDevices(namespace: string, { vni, vtep }: VtepDevices): Promise<void> {
  const [br, vx] = [`br${vni}`, `vx${vni}`];
  const ip = [
    // Without an address of its own a bridge takes the lowest of its ports, and forgets all neighbours when that changes.
    `link add ${br} address ${macOf(vtep)} type bridge mcast_snooping 0`,
    `link set ${br} addrgenmode none`,
    // A fixed TOS keeps the driver from caching one route per remote VTEP, which would undo ECMP.
    `link add ${vx} type vxlan id ${vni} local ${vtep} dstport 4789 nolearning ttl 64 tos 4`,
    `link set ${vx} addrgenmode none`,
    `link set ${vx} master ${br}`,
    `link set ${br} up`,
    `link set ${vx} up`,
  ];
  await command(["ip", "-n", namespace, "-batch", "-"], { input: `${ip.join("\n")}\n` });
  await command(enter({ namespace, folder: "" }, ["bridge", "link", "set", "dev", vx, "neigh_suppress", "on", "learning", "off"]));
  // FRR makes MAC/IP routes of the bridge's neighbours, and gratuitous ARP is how they come to be there.
  setSysctls(namespace, {
    [`ipv4/conf/${br}/arp_accept`]: 1,
    [`ipv6/conf/${br}/accept_untracked_na`]: 1,
    // A machine with more than gc_thresh1 (128) neighbours in all its namespaces drops those that were silent for a minute.
    [`ipv4/neigh/${br}/gc_stale_time`]: 86_400,
    [`ipv6/neigh/${br}/gc_stale_time`]: 86_400,
  });
}

/** Locally administered, and different on every host: the last four octets of the VTEP's address. */
function macOf(vtep: string): string {
  const ip = parseIp(vtep);
  if (ip === undefined) throw new RangeError(`${vtep} is no address of a VTEP`);
  return macFromBytes(Uint8Array.of(0x02, 0x46, ...ipToBytes(ip).subarray(-4)));
}
