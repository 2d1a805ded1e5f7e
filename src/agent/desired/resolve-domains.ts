// SPDX-License-Identifier: Apache-2.0
import { prefixContains } from "../../base/net/prefix.ts";
import type { DomainSection } from "../../contract/config/agent-schema.ts";
import type { AgentConfig } from "../../contract/config/load.ts";
import type { RdAllocator } from "../../evpn/instance/route-distinguisher.ts";
import { autoRouteTarget } from "../../evpn/instance/route-target.ts";
import type { IpVrf } from "../../evpn/types.ts";
import { routerMacOf } from "./domain-objects.ts";
import type { DomainPlan, TunnelPlan } from "./network-plan.ts";
import { deviceNames, namespaceOf } from "./place-networks.ts";

type Config = Pick<AgentConfig, "vtep" | "domains" | "networks">;

/** From the configuration to the domains of this host. */
export function resolveDomains(config: Config, innerMtu: number | undefined): DomainPlan[] {
  return config.domains.map(({ name, l3vni, routes, redistribute }) => ({
    domain: name,
    ns: namespaceOf(name),
    tunnel: l3vni === undefined ? undefined : tunnelPlan(config, name, l3vni, innerMtu),
    routes,
    redistribute,
  }));
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
    const auto = [autoRouteTarget(asn, l3vni)];
    const targets = { importTargets: section?.importTargets ?? auto, exportTargets: section?.exportTargets ?? auto };
    return [{ domain, l3vni, rd: section?.rd ?? rds.assign(l3vni), ...targets, vtep, routerMac: mac }];
  });
}
