// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import { maskIp } from "../../base/net/prefix.ts";
import type { NetworkSection, PortSection } from "../../contract/config/agent-schema.ts";
import type { AgentConfig } from "../../contract/config/load.ts";
import { type RdAllocator } from "../../evpn/instance/route-distinguisher.ts";
import type { MacVrf } from "../../evpn/types.ts";
import type { ActualLink } from "../kernel/actual.ts";
import { adoptNetworks } from "./adopt-networks.ts";
import type { DomainPlan, NetworkPlan, PortPlan, Refusal } from "./network-plan.ts";
import { placeNetworks } from "./place-networks.ts";
import { resolveDomains, routeTargets } from "./resolve-domains.ts";

export interface ResolvedNetworks {
  readonly plans: readonly NetworkPlan[];
  readonly refused: readonly Refusal[];
  readonly ports: readonly PortPlan[];
  readonly domains: readonly DomainPlan[];
}

/** From the configuration and the devices of the host namespace to the networks and domains that this host serves. */
export function resolveNetworks(
  config: Pick<AgentConfig, "bgp" | "vtep" | "adopt" | "domains" | "networks" | "ports">,
  hostLinks: readonly ActualLink[],
  innerMtu: number | undefined,
): ResolvedNetworks {
  const { vtep } = config;
  if (!vtep) return { plans: [], refused: [], ports: [], domains: [] };
  const adoption = config.adopt ? adoptNetworks(hostLinks, vtep.address, config.domains) : { plans: [], refused: [] };
  const placed = placeNetworks(config.networks, adoption.plans, vtep, innerMtu);
  return {
    ...uniqueNames(placed.plans, [...adoption.refused, ...placed.refused]),
    ports: config.ports.map(portPlan),
    domains: resolveDomains(config, innerMtu),
  };
}

/** An adopted device may have the name of a declared network with another VNI: then the declaration wins. */
function uniqueNames(plans: readonly NetworkPlan[], refused: readonly Refusal[]): Pick<ResolvedNetworks, "plans" | "refused"> {
  const names = new Map<string, NetworkPlan>();
  const out: Refusal[] = [...refused];
  for (const plan of plans.toSorted((a, b) => Number(a.mode === "adopt") - Number(b.mode === "adopt"))) {
    const other = names.get(plan.network);
    if (!other) names.set(plan.network, plan);
    else {
      const { network, vni, bridge, vxlan } = plan;
      out.push({ network, vni, bridge, vxlan, reason: `a network with VNI ${other.vni} is declared under the same name` });
    }
  }
  return { plans: [...names.values()].toSorted((a, b) => a.vni - b.vni), refused: out };
}

function portPlan(port: PortSection): PortPlan {
  return { name: port.name, network: port.network, interface: port.interface, mac: port.mac, ips: port.ips, sticky: port.sticky };
}

/** RD and route targets of each network: as declared, or made from router id, AS number and VNI. */
export function macVrfs(
  plans: readonly NetworkPlan[],
  declared: readonly NetworkSection[],
  asn: number,
  rds: RdAllocator,
): readonly MacVrf[] {
  const byName = new Map(declared.map((n) => [n.name, n]));
  return plans.map((plan): MacVrf => {
    const section = byName.get(plan.network);
    return {
      network: plan.network,
      vni: plan.vni,
      rd: section?.rd ?? rds.assign(plan.vni),
      ...routeTargets(section, asn, plan.vni),
      vtep: plan.vtep,
      domain: plan.domain,
      subnets: plan.gateway?.addresses.map(({ ip, length }) => ({ prefix: { ip: maskIp(ip, length), length }, gateway: ip })),
      gatewayMac: plan.gateway?.mac,
    };
  });
}

/** Addresses of BGP peers: where the underlay leads. */
export function peerAddresses(config: Pick<AgentConfig, "bgp">): readonly Ip[] {
  return config.bgp.peers.map((p) => p.address);
}
