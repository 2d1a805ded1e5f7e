// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import type { Prefix } from "../../base/net/prefix.ts";
import { namespacePrefix } from "../ownership.ts";
import type { Adoption } from "./adopt-networks.ts";
import type { GatewayPlan, NetworkPlan, Refusal } from "./network-plan.ts";
import { hostNamespace, type NamespaceName } from "./object.ts";

/** What the configuration says about a network that the agent makes. */
export interface DeclaredNetwork {
  readonly name: string;
  readonly vni: number;
  readonly domain?: string | undefined;
  /** Octets; undefined: as the underlay allows. */
  readonly mtu?: number | undefined;
  readonly unknownNeighbours: NetworkPlan["unknownNeighbours"];
  readonly subnets: readonly { readonly cidr: Prefix; readonly gateway?: Ip | undefined }[];
}

export function namespaceOf(domain: string | undefined): NamespaceName {
  return domain === undefined ? hostNamespace : `${namespacePrefix}${domain}`;
}

/** A gateway routes in the namespace of its domain; in that of the host it would route between the network and the underlay, which nobody asked for. */
function gatewayPlan({ domain, subnets }: DeclaredNetwork, mac: Mac): GatewayPlan | undefined {
  if (domain === undefined) return undefined;
  const addresses = subnets.flatMap(({ cidr, gateway }) => (gateway === undefined ? [] : [{ ip: gateway, length: cidr.length }]));
  return addresses.length === 0 ? undefined : { mac, addresses };
}

/** `br<vni>` and `vx<vni>`: at most 10 characters, and the same on every host. */
export function deviceNames(vni: number): { readonly bridge: string; readonly vxlan: string } {
  return { bridge: `br${vni}`, vxlan: `vx${vni}` };
}

/**
 * Gives each declared network its place. One that `adopted` already serves (same VNI, devices of the administrator) keeps its
 * devices and takes only name, RD and route targets from the declaration; so it cannot be in a domain, which is a namespace of its own.
 */
export function placeNetworks(
  declared: readonly DeclaredNetwork[],
  adopted: readonly NetworkPlan[],
  vtep: { readonly address: Ip; readonly port: number; readonly gatewayMac: Mac },
  innerMtu: number | undefined,
): Adoption {
  const byVni = new Map(declared.map((n) => [n.vni, n]));
  const plans: NetworkPlan[] = [];
  const refused: Refusal[] = [];
  for (const plan of adopted) {
    const { name: network = plan.network, domain } = byVni.get(plan.vni) ?? {};
    if (domain === undefined) plans.push({ ...plan, network });
    else refused.push({ network, vni: plan.vni, bridge: plan.bridge, vxlan: plan.vxlan, reason: notInDomain(plan, domain) });
  }
  const served = new Set(adopted.map((p) => p.vni));
  for (const n of declared) {
    if (served.has(n.vni)) continue;
    plans.push({
      network: n.name,
      vni: n.vni,
      mode: "own",
      domain: n.domain,
      ns: namespaceOf(n.domain),
      ...deviceNames(n.vni),
      vtep: vtep.address,
      port: vtep.port,
      mtu: n.mtu ?? innerMtu,
      gateway: gatewayPlan(n, vtep.gatewayMac),
      unknownNeighbours: n.unknownNeighbours,
    });
  }
  return { plans, refused };
}

function notInDomain({ vni, bridge, vxlan }: NetworkPlan, domain: string): string {
  const why = `${vxlan} and ${bridge} in the host namespace have its VNI ${vni} and are not the agent's, so it cannot be in domain ${domain}`;
  return `${why}: take \`domain\` out, or remove these devices, and the agent makes its own`;
}
