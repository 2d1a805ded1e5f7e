// SPDX-License-Identifier: Apache-2.0
import { ipToBytes, parseIp } from "../../base/net/ip.ts";
import { macFromBytes } from "../../base/net/mac.ts";
import { routerSysctls, setSysctls } from "../fabric/namespaces.ts";
import type { FrrVrf } from "../peer/frr-bgp-config.ts";
import type { LabPlan, PlannedMember } from "../plan/plan.ts";
import { command } from "../system/command.ts";
import { enter, type Place } from "../system/place.ts";
import { placeOf } from "./place-of.ts";

/** The devices that FRR finds and fills; it makes none itself. */
export interface VtepDevices {
  readonly vni: number;
  readonly vtep: string;
  /** Addresses and MAC of the bridge where the network is routed. */
  readonly gateway?: GatewayOfBridge | undefined;
}

export interface GatewayOfBridge {
  readonly mac: string;
  /** With the length of their subnet. */
  readonly addresses: readonly string[];
}

/** The namespace of a domain; its VXLAN devices have their sockets in that of the host. */
export interface DomainPlace {
  readonly host: Place;
  /** Among the namespaces that the host sees. */
  readonly name: string;
}

/** As on hosts of ours, or a workload that moves would find another gateway. */
const gatewayMac = "02:00:5e:00:01:01";

/** Bridge `br<vni>` and VXLAN `vx<vni>` of every network of the lab, and of every domain. */
export async function addFrrVtep(plan: LabPlan, m: PlannedMember): Promise<void> {
  const host = placeOf(m);
  for (const { name, l3vni } of frrDomains(plan, m)) {
    await addDomain(host, name);
    // Its MAC is the router MAC.
    await addVtepDevices(m.namespace, { vni: l3vni, vtep: m.loopback }, { host, name });
  }
  for (const { vni, domain, subnets } of Object.values(plan.topology.networks)) {
    const isRouted = domain !== undefined && m.domains.includes(domain);
    const addresses = subnets.flatMap((s) => (s.gateway === undefined ? [] : [`${s.gateway}/${s.cidr.length}`]));
    const gateway = isRouted && addresses.length > 0 ? { mac: gatewayMac, addresses } : undefined;
    const place = isRouted ? { host, name: domainNamespace(domain) } : undefined;
    await addVtepDevices(m.namespace, { vni, vtep: m.loopback, gateway }, place);
  }
}

/** The VRFs of a node of kind frr. */
export function frrDomains(plan: LabPlan, m: PlannedMember): readonly FrrVrf[] {
  return m.domains.map((name) => ({ name: domainNamespace(name), l3vni: plan.topology.domains[name]!.l3vni! }));
}

function domainNamespace(domain: string): string {
  return `weft-${domain}`;
}

async function addDomain(host: Place, name: string): Promise<void> {
  await command(enter(host, ["ip", "netns", "add", name]));
  await command(enter(host, ["ip", "-n", name, "link", "set", "lo", "up"]));
  setSysctls(`${host.namespaces}/${name}`, routerSysctls);
}

/** `ip link add br100 …; ip link add vx100 type vxlan …; bridge link set dev vx100 neigh_suppress on learning off`. */
export async function addVtepDevices(namespace: string, { vni, vtep, gateway }: VtepDevices, domain?: DomainPlace): Promise<void> {
  const host = domain?.host ?? { namespace, folder: "" };
  const [br, vx] = [`br${vni}`, `vx${vni}`];
  const inside = domain === undefined ? [] : ["-n", domain.name];
  // A fixed TOS keeps the driver from caching one route per remote VTEP, which would undo ECMP.
  const vxlan = `link add ${vx} type vxlan id ${vni} local ${vtep} dstport 4789 nolearning ttl 64 tos 4`;
  const move = domain === undefined ? [] : [`link set ${vx} netns ${domain.name}`];
  await command(enter(host, ["ip", "-batch", "-"]), { input: batch([vxlan, ...move]) });
  const ip = [
    // Without an address of its own a bridge takes the lowest of its ports, and forgets all neighbours when that changes.
    `link add ${br} address ${gateway?.mac ?? macOf(vtep)} type bridge mcast_snooping 0`,
    `link set ${br} addrgenmode none`,
    `link set ${vx} addrgenmode none`,
    `link set ${vx} master ${br}`,
    `link set ${br} up`,
    `link set ${vx} up`,
    ...(gateway?.addresses ?? []).map((a) => `address add ${a} dev ${br}${a.includes(":") ? " nodad" : ""}`),
  ];
  await command(enter(host, ["ip", ...inside, "-batch", "-"]), { input: batch(ip) });
  await command(enter(host, ["bridge", ...inside, "link", "set", "dev", vx, "neigh_suppress", "on", "learning", "off"]));
  // FRR makes MAC/IP routes of the bridge's neighbours, and gratuitous ARP is how they come to be there.
  setSysctls(domain === undefined ? namespace : `${host.namespaces}/${domain.name}`, {
    [`ipv4/conf/${br}/arp_accept`]: 1,
    [`ipv6/conf/${br}/accept_untracked_na`]: 1,
    // A machine with more than gc_thresh1 (128) neighbours in all its namespaces drops those that were silent for a minute.
    [`ipv4/neigh/${br}/gc_stale_time`]: 86_400,
    [`ipv6/neigh/${br}/gc_stale_time`]: 86_400,
  });
}

function batch(lines: readonly string[]): string {
  return lines.map((l) => `${l}\n`).join("");
}

/** Locally administered, and different on every host: the last four octets of the VTEP's address. */
function macOf(vtep: string): string {
  const ip = parseIp(vtep);
  if (ip === undefined) throw new RangeError(`${vtep} is no address of a VTEP`);
  return macFromBytes(Uint8Array.of(0x02, 0x46, ...ipToBytes(ip).subarray(-4)));
}
