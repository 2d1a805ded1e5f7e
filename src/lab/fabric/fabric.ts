// SPDX-License-Identifier: Apache-2.0
import { type Ip, isIp4 } from "../../base/net/ip.ts";
import { formatPrefix } from "../../base/net/prefix.ts";
import type { LabPlan, PlannedInterface, PlannedMember } from "../plan/plan.ts";
import { command } from "../system/command.ts";
import { addNamespace, routerSysctls, setSysctls } from "./namespaces.ts";

/** Namespaces, links, addresses and, for static routing, routes: the underlay without its daemons. */
export async function buildFabric(plan: LabPlan): Promise<void> {
  for (const m of plan.members) {
    await addNamespace(m.namespace);
    setSysctls(m.namespace, routerSysctls);
  }
  await command(["ip", "-batch", "-"], { input: linkCommands(plan) });
  for (const m of plan.members) await command(["ip", "-n", m.namespace, "-batch", "-"], { input: addressCommands(plan, m) });
  // Ports, bridges and VXLANs to come need no link-local address, whose router solicitations and MLD would cross the overlay.
  // It has to be the default: an agent may take a port away as soon as it appears.
  for (const m of plan.members) if (m.role === "node") setSysctls(m.namespace, { "ipv6/conf/default/addr_gen_mode": 1 });
  // Only now is every link up at both ends, so that no next hop counts as dead.
  for (const m of plan.members) await addStaticRoutes(plan, m);
}

/** Puts the routes of a member there, also those that went with a link; nothing to do when FRR routes. */
export async function addStaticRoutes(plan: LabPlan, m: PlannedMember): Promise<void> {
  if (plan.topology.underlay.routing === "static")
    await command(["ip", "-n", m.namespace, "-batch", "-"], { input: staticRoutes(plan, m) });
}

/** `ip -batch` lines that make every veth, each end at once in its namespace. */
export function linkCommands(plan: LabPlan): string {
  const { mtu } = plan.topology.underlay;
  return lines(
    plan.links.map(
      ({ ends: [a, b] }) =>
        `link add ${a.interface} netns ${a.namespace} mtu ${mtu} type veth peer name ${b.interface} netns ${b.namespace} mtu ${mtu}`,
    ),
  );
}

/** `ip -n NODE -batch` lines. Unnumbered BGP lives on link-local addresses alone. */
export function addressCommands(plan: LabPlan, m: PlannedMember): string {
  const numbered = plan.topology.underlay.routing !== "frr-bgp";
  return lines([
    `address add ${m.loopback}/${hostLength(m.loopback)} dev lo`,
    ...m.uplinks.flatMap((u) => [
      `link set ${u.name} up`,
      ...(numbered ? [`address add ${u.address}/${hostLength(u.address) - 1} dev ${u.name}${isIp4(u.address) ? "" : " nodad"}`] : []),
    ]),
  ]);
}

/**
 * A leaf reaches all loopbacks over all spines at once (ECMP); a spine reaches each leaf by its link,
 * and the leaves of another zone by the spine there.
 * The Linux VXLAN driver caches its route per remote VTEP, so one pair of hosts stays on one spine unless
 * packets carry a mark or the device a fixed TOS; different pairs spread.
 */
export function staticRoutes(plan: LabPlan, m: PlannedMember): string {
  if (m.uplinks.length === 0) return "";
  if (m.role === "spine") {
    return lines(
      m.uplinks.flatMap((u) => behind(plan, u).map((l) => `route replace ${l}/${hostLength(l)} via ${u.neighbourAddress} dev ${u.name}`)),
    );
  }
  const hops = m.uplinks.map((u) => `nexthop via ${u.neighbourAddress} dev ${u.name}`).join(" ");
  return lines([`route replace ${formatPrefix(plan.loopbacks)} src ${m.loopback} ${hops}`]);
}

/** Loopbacks that a spine reaches by a link: that of a leaf, or of everybody in the zone of another spine. */
function behind(plan: LabPlan, u: PlannedInterface): readonly Ip[] {
  const neighbour = plan.members.find((m) => m.name === u.neighbour)!;
  if (neighbour.role !== "spine") return [u.neighbourLoopback];
  const leaves = plan.members.filter((m) => m.zone === neighbour.zone && m.role !== "spine");
  return [u.neighbourLoopback, ...leaves.map((m) => m.loopback)];
}

function hostLength(ip: Ip): number {
  return isIp4(ip) ? 32 : 128;
}

function lines(all: readonly string[]): string {
  return all.map((l) => `${l}\n`).join("");
}
