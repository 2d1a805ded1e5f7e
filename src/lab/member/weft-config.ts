// SPDX-License-Identifier: Apache-2.0
import { formatPrefix } from "../../base/net/prefix.ts";
import { publicInterface } from "../plan/outside.ts";
import type { LabPlan, PlannedMember } from "../plan/plan.ts";

/** Configuration file of an agent: all networks of the lab, and the declared ports that are on this node now. */
export function agentConfig(plan: LabPlan, m: PlannedMember): object {
  const { networks } = plan.topology;
  const { asn } = m;
  return {
    host: m.name,
    bgp: {
      asn,
      routerId: m.routerId,
      listen: [],
      timers: { connectRetry: 1 },
      peers: plan.members
        .filter((r) => r.role === "reflector" && r.zone === m.zone)
        .map((r) => ({
          address: r.loopback,
          asn,
          localAddress: m.loopback,
          description: r.name,
          ...watched(plan),
        })),
    },
    vtep: { address: m.loopback, mtu: plan.topology.underlay.mtu },
    domains: m.domains.map((name) => {
      const { l3vni, importTargets, exportTargets, routes = [], redistribute = [], nat, external } = plan.topology.domains[name] ?? {};
      const written = routes.map((r) => ({ prefix: formatPrefix(r.prefix), via: r.via }));
      const evpn = { ...(l3vni && { l3vni }), ...(importTargets && { importTargets }), ...(exportTargets && { exportTargets }) };
      return { name, ...evpn, routes: written, redistribute, ...natOf(nat, external) };
    }),
    networks: Object.entries(networks).map(([name, { vni, domain, subnets, unknownNeighbours }]) => ({
      name,
      vni,
      ...(domain === undefined ? {} : { domain }),
      subnets: subnets.map((s) => ({ cidr: formatPrefix(s.cidr), ...(s.gateway === undefined ? {} : { gateway: s.gateway }) })),
      unknownNeighbours,
    })),
    ports: plan.workloads
      .filter((w) => w.node === m.name && w.declared)
      .map((w) => ({ name: w.name, network: w.network, interface: w.port, mac: w.mac, ips: w.ips.map((p) => p.ip) })),
    ...publicSide(plan),
  };
}

function natOf(nat: LabDomain["nat"], external: LabDomain["external"]): object {
  return { ...(nat && { nat }), ...(external && { external: { subnets: external.subnets.map(formatPrefix) } }) };
}

type LabDomain = LabPlan["topology"]["domains"][string];

/** The public side of a node, and all floating IPs: each agent finds out which of them are its own. */
function publicSide({ topology, outside }: LabPlan): object {
  if (!outside) return {};
  return {
    public: { interface: publicInterface, ...(topology.public?.ports && { ports: topology.public.ports }) },
    floatingIps: topology.floatingIps.map(({ address, ip, ...others }) => ({
      address: formatPrefix(address),
      ...(ip && { ip: formatPrefix(ip) }),
      ...others,
    })),
  };
}

/** Configuration file of a reflector that serves every loopback of the lab; with zones, those of its own, and it has the other reflectors as peers. */
export function reflectorConfig(plan: LabPlan, m: PlannedMember): object {
  const { asn } = m;
  const others = m.zone === undefined ? [] : plan.members.filter((r) => r.role === "reflector" && r !== m);
  return {
    host: m.name,
    bgp: {
      asn,
      routerId: m.routerId,
      listen: [m.loopback],
      reflector: { clusterId: m.routerId },
      ...(others.length > 0 && { timers: { connectRetry: 1 }, peers: others.map((r) => ({ ...otherReflector(m, r), ...watched(plan) })) }),
      dynamicPeers: [{ range: formatPrefix(plan.loopbacks), asn, client: true, ...watched(plan) }],
    },
  };
}

/** Reflectors know all of each other: an ordinary iBGP peer with a cluster of its own, or eBGP over loopbacks. */
function otherReflector(m: PlannedMember, other: PlannedMember): object {
  // A zone that is cut off is to be noticed soon.
  const peer = {
    address: other.loopback,
    asn: other.asn,
    localAddress: m.loopback,
    holdTime: 9,
    description: other.name,
  };
  return other.asn === m.asn ? peer : { ...peer, multihop: 16, rewriteRouteTargets: true };
}

/** Keys of a peer or range. */
function watched({ topology }: LabPlan): object {
  return topology.bfd ? { bfd: true } : {};
}
