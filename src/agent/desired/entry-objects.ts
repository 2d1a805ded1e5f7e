// SPDX-License-Identifier: Apache-2.0
import { type Ip, isIp4 } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import type { RemoteMac } from "../../evpn/types.ts";
import type { NetworkPlan } from "./network-plan.ts";
import type { FloodObject, NeighbourObject, RemoteMacObject } from "./object.ts";

/** A VXLAN device speaks one address family (the kernel refuses the other), so a VTEP of the other family cannot be reached by it. */
export function reaches(plan: NetworkPlan, vtep: Ip): boolean {
  return isIp4(plan.vtep) === isIp4(vtep);
}

export function remoteMacObject(plan: NetworkPlan, mac: Mac, remote: RemoteMac): RemoteMacObject | undefined {
  if (!reaches(plan, remote.vtep)) return undefined;
  const vni = remote.vni === plan.vni ? undefined : remote.vni;
  return { kind: "remote-mac", ns: plan.ns, dev: plan.vxlan, bridge: plan.bridge, mac, vtep: remote.vtep, vni };
}

export function floodObject(plan: NetworkPlan, vtep: Ip, floodVni: number): FloodObject | undefined {
  if (!reaches(plan, vtep)) return undefined;
  return { kind: "flood", ns: plan.ns, dev: plan.vxlan, vtep, vni: floodVni === plan.vni ? undefined : floodVni };
}

export function neighbourObject(plan: NetworkPlan, ip: Ip, mac: Mac): NeighbourObject {
  return { kind: "neighbour", ns: plan.ns, dev: plan.bridge, ip, mac };
}
