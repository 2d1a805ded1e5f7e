// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { type Mac, parseMac } from "../../base/net/mac.ts";
import { prefixContains } from "../../base/net/prefix.ts";
import type { LabTopology } from "../../contract/config/lab-schema.ts";
import { LabError } from "../errors.ts";
import { linkAddresses, loopback, loopbackPrefix, routerId } from "./addresses.ts";
import { bounded, fabricInterface, namespaceName, portInterface } from "./names.ts";
import { planOutside } from "./outside.ts";
import type { LabPlan, LinkEnd, MemberKind, PlannedInterface, PlannedLink, PlannedMember, PlannedWorkload } from "./plan.ts";

/** Where labs keep their state: gone after a reboot, as the namespaces are. */
export const labsFolder = "/run/weft-lab";

type Seat = Omit<PlannedMember, "uplinks">;

/** @throws LabError WEFT_LAB_TOPOLOGY when names clash or refer to nothing */
export function makePlan(topology: LabTopology): LabPlan {
  const folder = `${labsFolder}/${bounded(topology.name, 24)}`;
  const seats = seatMembers(topology, folder);
  const { links, uplinks } = wire(topology, seats);
  const members = seats.map((s) => ({ ...s, uplinks: uplinks.get(s.name) ?? [] }));
  const workloads = Object.keys(topology.workloads).map((name) => planWorkload(topology, name));
  const outside = planOutside(topology);
  refuseSharedNames(topology.name, [...members, ...workloads, ...(outside ? [outside] : [])]);
  return { lab: topology.name, topology, folder, loopbacks: loopbackPrefix(topology.underlay.family), members, links, workloads, outside };
}

function seatMembers(t: LabTopology, folder: string): readonly Seat[] {
  const seat = (
    role: Seat["role"],
    kind: MemberKind,
    name: string,
    n: number,
    zone: string | undefined,
    routes: readonly string[] = [],
  ): Seat => ({
    name,
    zone,
    asn: (zone === undefined ? undefined : t.zones[zone]?.asn) ?? t.asn,
    role,
    kind,
    namespace: namespaceName(t.name, name),
    folder: `${folder}/nodes/${bounded(name, 24)}`,
    loopback: loopback(t.underlay.family, role, n),
    routerId: routerId(role, n),
    domains: role === "node" ? domainsOf(t, kind) : [],
    routes,
  });
  const nodes = Object.entries(t.nodes);
  if (nodes.length > 250 || t.reflectors.length > 250) {
    throw new LabError("WEFT_LAB_TOPOLOGY", "a lab has room for 250 nodes and 250 reflectors");
  }
  const zones = Object.keys(t.zones).length === 0 ? [undefined] : Object.keys(t.zones);
  const spineZones = zones.flatMap((zone) => Array.from({ length: t.underlay.spines }, () => zone));
  return [
    ...spineZones.map((zone, i) => seat("spine", "spine", `s${i + 1}`, i + 1, zone)),
    ...t.reflectors.map((r, i) => seat("reflector", r.kind, r.name, i + 1, r.zone)),
    ...nodes.map(([name, n], i) => seat("node", n.kind, name, i + 1, n.zone, n.routes)),
  ];
}

/** FRR has a namespace (`zebra -n`) only for what it routes; where there is nothing to route, it serves the networks of a domain beside the others. */
function domainsOf(t: LabTopology, kind: MemberKind): readonly string[] {
  if (kind === "frr") return Object.keys(t.domains).filter((name) => t.domains[name]!.l3vni !== undefined);
  const named = Object.values(t.networks).flatMap((n) => (n.domain === undefined ? [] : [n.domain]));
  return kind === "weft" ? [...new Set([...Object.keys(t.domains), ...named])] : [];
}

/** Every leaf (reflector or node) to every spine of its zone, and the n-th spine of each zone to that of every other one. */
function wire(t: LabTopology, seats: readonly Seat[]) {
  const links: PlannedLink[] = [];
  const uplinks = new Map<string, PlannedInterface[]>();
  const spines = seats.filter((s) => s.role === "spine");
  for (const [i, spine] of spines.entries()) {
    const sisters = spines.filter((s, k) => k > i && s.zone !== spine.zone && k % t.underlay.spines === i % t.underlay.spines);
    for (const leaf of [...seats.filter((s) => s.role !== "spine" && s.zone === spine.zone), ...sisters]) {
      const [a, b] = linkAddresses(t.underlay.family, links.length);
      const end = (from: Seat, to: Seat): LinkEnd => ({
        member: from.name,
        namespace: from.namespace,
        interface: fabricInterface(to.name),
      });
      const ends = [end(spine, leaf), end(leaf, spine)] as const;
      links.push({ name: `${spine.name}-${leaf.name}`, ends });
      const plug = (from: Seat, to: Seat, i: 0 | 1): void => {
        const plugged: PlannedInterface = {
          name: ends[i].interface,
          neighbour: to.name,
          address: i === 0 ? a : b,
          neighbourAddress: i === 0 ? b : a,
          neighbourLoopback: to.loopback,
        };
        uplinks.set(from.name, [...(uplinks.get(from.name) ?? []), plugged]);
      };
      plug(spine, leaf, 0);
      plug(leaf, spine, 1);
    }
  }
  return { links, uplinks };
}

function planWorkload(t: LabTopology, name: string): PlannedWorkload {
  const w = t.workloads[name]!;
  const network = t.networks[w.network];
  const node = t.nodes[w.node];
  if (network === undefined) throw new LabError("WEFT_LAB_TOPOLOGY", `workload ${name}: no network ${w.network}`);
  if (node === undefined) throw new LabError("WEFT_LAB_TOPOLOGY", `workload ${name}: no node ${w.node}`);
  if (node.kind !== "weft" && node.kind !== "frr") {
    throw new LabError(
      "WEFT_LAB_TOPOLOGY",
      `workload ${name}: node ${w.node} is of kind ${node.kind} and switches nothing (weft and frr do)`,
    );
  }
  return {
    name,
    namespace: namespaceName(t.name, name),
    node: w.node,
    network: w.network,
    vni: network.vni,
    domain: network.domain,
    port: portInterface(name),
    mac: w.mac ?? workloadMac(name),
    ips: w.ip,
    gateways: network.subnets.flatMap(({ cidr, gateway }) =>
      gateway !== undefined && w.ip.some((p) => prefixContains(cidr, p.ip)) ? [gateway] : [],
    ),
    mtu: w.mtu,
    declared: w.declared,
  };
}

/** A locally administered unicast address that stays the same as long as the name does. */
function workloadMac(name: string): Mac {
  const h = createHash("sha256").update(name).digest();
  return parseMac(`02:${[...h.subarray(0, 5)].map((b) => b.toString(16).padStart(2, "0")).join(":")}`)!;
}

function refuseSharedNames(lab: string, things: readonly { readonly name: string; readonly namespace: string }[]): void {
  const seen = new Map<string, string>();
  for (const { name, namespace } of things) {
    const other = seen.get(namespace);
    if (other !== undefined) {
      throw new LabError(
        "WEFT_LAB_TOPOLOGY",
        `lab ${lab}: the name ${name} stands twice among spines (s1, s2, …), reflectors, nodes and workloads`,
      );
    }
    seen.set(namespace, name);
  }
}
