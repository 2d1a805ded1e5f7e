// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { ActualLink } from "../kernel/actual.ts";
import { ownAlias } from "../ownership.ts";
import type { NetworkPlan, Refusal } from "./network-plan.ts";
import { hostNamespace } from "./object.ts";

type Domain = { readonly name: string; readonly l3vni?: number | undefined };

export interface Adoption {
  readonly plans: readonly NetworkPlan[];
  readonly refused: readonly Refusal[];
}

const supported = "supported is one VXLAN device with a fixed VNI per bridge without vlan_filtering";

/**
 * Every VXLAN device of the host namespace with a bridge above it becomes a network, as FRR's `advertise-all-vni` does it.
 * Devices that the agent made are known by their alias and left out. A device that cannot be served is named with the reason
 * and harms no other. Networks are named after the device, which is what the administrator knows.
 */
export function adoptNetworks(links: readonly ActualLink[], vtep: Ip, domains: readonly Domain[] = []): Adoption {
  const byIndex = new Map(links.map((l) => [l.index, l]));
  const plans: NetworkPlan[] = [];
  const refused: Refusal[] = [];
  const vnis = new Map<number, string>();
  const bridges = new Map<number, string>();
  for (const link of links.toSorted((a, b) => a.index - b.index)) {
    if (!link.vxlan || link.alias === ownAlias) continue;
    const bridge = byIndex.get(link.master);
    if (!bridge?.bridge || bridge.alias === ownAlias) continue;
    const { vni } = link.vxlan;
    const routed = domains.find((d) => d.l3vni === vni);
    const reason = routed
      ? `VNI ${vni} is the \`l3vni\` of domain ${routed.name}; one of them needs another`
      : whyNot(link, bridge, vnis.get(vni), bridges.get(bridge.index));
    if (reason !== undefined) {
      refused.push({ network: link.name, vni, bridge: bridge.name, vxlan: link.name, reason });
      continue;
    }
    vnis.set(vni, link.name);
    bridges.set(bridge.index, link.name);
    plans.push({
      network: link.name,
      vni,
      mode: "adopt",
      domain: undefined,
      ns: hostNamespace,
      bridge: bridge.name,
      vxlan: link.name,
      // The device says what it sends from; without a word it takes the address of the route, which is the host's VTEP.
      vtep: link.vxlan.local ?? vtep,
      port: link.vxlan.port,
      mtu: undefined,
      gateway: undefined,
      unknownNeighbours: "flood",
    });
  }
  return { plans, refused };
}

function whyNot(link: ActualLink, bridge: ActualLink, sameVni: string | undefined, sameBridge: string | undefined): string | undefined {
  if (link.vxlan!.external) return `${link.name} is external (its VNI comes with each packet); ${supported}`;
  if (link.vxlan!.vni === 0) return `${link.name} has VNI 0, which no network can have`;
  if (bridge.bridge!.vlanFiltering) return `${bridge.name} is VLAN-aware (vlan_filtering 1); ${supported}`;
  if (sameVni !== undefined) return `${sameVni} has the same VNI ${link.vxlan!.vni}; ${supported}`;
  if (sameBridge !== undefined)
    return `${bridge.name} has another VXLAN device, ${sameBridge}, and would forward between the two; ${supported}`;
  return undefined;
}
