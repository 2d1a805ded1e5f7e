// SPDX-License-Identifier: Apache-2.0
import { prefixContains } from "../../base/net/prefix.ts";
import type { DomainSection } from "../../contract/config/agent-schema.ts";
import type { AgentConfig } from "../../contract/config/load.ts";
import type { RdAllocator } from "../../evpn/instance/route-distinguisher.ts";
import { autoRouteTarget } from "../../evpn/instance/route-target.ts";
import type { IpVrf } from "../../evpn/types.ts";
import { domainLinks, type DomainTargets } from "./domain-links.ts";
import { routerMacOf } from "./domain-objects.ts";
import type { DomainPlan, TunnelPlan } from "./network-plan.ts";
import { deviceNames, namespaceOf } from "./place-networks.ts";

type Config = Pick<AgentConfig, "bgp" | "vtep" | "domains" | "networks">;
type Targets = Pick<IpVrf, "importTargets" | "exportTargets">;

/** From the configuration to the domains of this host. */
export function resolveDomains(config: Config, innerMtu: number | undefined): DomainPlan[] {
  const links = domainLinks(routedTargets(config));
  return config.domains.map(({ name, l3vni, routes, redistribute }) => ({
    domain: name,
    ns: namespaceOf(name),
    tunnel: l3vni === undefined ? undefined : tunnelPlan(config, name, l3vni, innerMtu),
    routes,
    redistribute,
    links: links.get(name) ?? [],
  }));
}

/** Of the domains that tell others of themselves. */
function routedTargets({ bgp: { asn }, domains, networks }: Config): readonly DomainTargets[] {
  return domains.flatMap((section): DomainTargets[] => {
    const { name: domain, l3vni } = section;
    if (l3vni === undefined) return [];
    const { importTargets, exportTargets } = routeTargets(section, asn, l3vni);
    const ofNetworks = networks.flatMap((n) => (n.domain === domain ? routeTargets(n, asn, n.vni).exportTargets : []));
    return [{ domain, importTargets, exportTargets: [...exportTargets, ...ofNetworks] }];
  });
}

/** As declared, or made from AS number and VNI. */
export function routeTargets(section: Partial<Targets> | undefined, asn: number, vni: number): Targets {
  const auto = [autoRouteTarget(asn, vni)];
  return { importTargets: section?.importTargets ?? auto, exportTargets: section?.exportTargets ?? auto };
}

function tunnelPlan(config: Config, domain: string, l3vni: number, mtu: number | undefined): TunnelPlan | undefined {
  const { vtep, networks } = config;
  if (!vtep) return undefined;
  const subnets = networks.flatMap((n) => (n.domain === domain ? n.subnets : []));
  return {
    l3vni,
    vxlan: deviceNames(l3vni).vxlan,
    vtep: vtep.address,
    port: vtep.port,
    routerMac: vtep.routerMac ?? routerMacOf(vtep.address, l3vni),
    mtu,
    addressed: !subnets.some((s) => prefixContains(s.cidr, vtep.address)),
  };
}

/** RD and route targets of each domain that routes between hosts: as declared, or made from router id, AS number and L3VNI. */
export function ipVrfs(plans: readonly DomainPlan[], declared: readonly DomainSection[], asn: number, rds: RdAllocator): readonly IpVrf[] {
  const byName = new Map(declared.map((d) => [d.name, d]));
  return plans.flatMap(({ domain, tunnel }): IpVrf[] => {
    if (!tunnel) return [];
    const { l3vni, vtep, routerMac: mac } = tunnel;
    const section = byName.get(domain);
    return [{ domain, l3vni, rd: section?.rd ?? rds.assign(l3vni), ...routeTargets(section, asn, l3vni), vtep, routerMac: mac }];
  });
}
