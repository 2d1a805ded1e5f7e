// SPDX-License-Identifier: Apache-2.0
import { type Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import { prefixContains } from "../../base/net/prefix.ts";
import type { AgentConfig } from "../../contract/config/load.ts";
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
    routerMac: routerMac(vtep),
    mtu,
    addressed: !subnets.some((s) => prefixContains(s.cidr, vtep.address)),
  };
}

export function routerMac(vtep: { readonly address: Ip; readonly routerMac?: Mac | undefined }): Mac {
  return vtep.routerMac ?? routerMacOf(vtep.address);
}
