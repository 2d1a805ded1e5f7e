// SPDX-License-Identifier: Apache-2.0
import { type Ip, isIp4 } from "../../base/net/ip.ts";
import { isMulticastMac, type Mac, zeroMac } from "../../base/net/mac.ts";
import { ingressReplication, pmsiTunnelName } from "../../bgp/wire/attribute/pmsi-tunnel.ts";
import { tunnelTypeNames } from "../../bgp/wire/community/encapsulation.ts";
import type { MacVrf } from "../types.ts";
import { type Candidate, segmentType, typeOf } from "./candidate.ts";

/** `pass`: our own routes, which come back through reflectors, and others that say nothing to us; `refuse` has a reason for people. */
export type Acceptance =
  | { readonly kind: "use"; readonly vtep: Ip }
  | { readonly kind: "pass" }
  | { readonly kind: "refuse"; readonly why: string };

export function refuse(why: string): Acceptance {
  return { kind: "refuse", why };
}

/** Whether a route that a network imports can be used by it, and which VTEP it leads to. */
export function accept(candidate: Candidate, vrf: MacVrf): Acceptance {
  const { tag, mac, ip, info } = candidate;
  if (info.vtep === undefined) return refuse("its next hop is no address");
  if (info.vtep === vrf.vtep) return { kind: "pass" };
  if (info.otherTunnel !== undefined) return refuse(`encapsulation ${tunnelTypeNames[info.otherTunnel] ?? info.otherTunnel} is not VXLAN`);
  // VLAN-based service has tag 0 (RFC 7432 §6.1); speakers of VLAN-aware bundles put the VNI there (RFC 8365 §5.1.3).
  if (tag !== 0 && tag !== vrf.vni) return refuse(`Ethernet tag ${tag} is neither 0 nor VNI ${vrf.vni}`);
  if (typeOf(candidate) === segmentType) return sameFamily(info.vtep, vrf);
  if (mac !== undefined) {
    // An all-zero FDB entry is the flood list of a Linux VXLAN device; a route must not write there.
    if (mac === zeroMac || isMulticastMac(mac)) return refuse(`${mac} is no station's MAC`);
    if (ip !== undefined && isNoStation(ip)) return refuse(`${ip} is no station's address`);
    if (isGatewayOf(vrf, mac, ip)) return info.isGateway ? { kind: "pass" } : refuse(`${ip ?? mac} is our gateway's`);
    return sameFamily(info.vtep, vrf);
  }
  if (info.pmsi === undefined) return sameFamily(info.vtep, vrf);
  if (info.pmsi.tunnel !== ingressReplication) return refuse(`PMSI tunnel ${pmsiTunnelName(info.pmsi.tunnel)} is not ingress replication`);
  const { endpoint } = info.pmsi;
  if (endpoint === vrf.vtep) return { kind: "pass" };
  // Where flooded frames go is the tunnel's endpoint (RFC 7432 §11.2); a speaker that left it empty means its next hop.
  return endpoint !== undefined && isIp4(endpoint) === isIp4(vrf.vtep) ? { kind: "use", vtep: endpoint } : sameFamily(info.vtep, vrf);
}

/** A VXLAN device has one local address and reaches remotes of its family only; the kernel refuses the others. */
function sameFamily(vtep: Ip, vrf: MacVrf): Acceptance {
  if (isIp4(vtep) === isIp4(vrf.vtep)) return { kind: "use", vtep };
  return refuse(`next hop ${vtep} is of another address family than the local VTEP ${vrf.vtep}`);
}

/** Every host with the network is the gateway: who else says so may be right, but there is nothing to learn from it (RFC 7432 §10.1). */
function isGatewayOf({ subnets, gatewayMac }: MacVrf, mac: Mac, ip: Ip | undefined): boolean {
  return mac === gatewayMac || (ip !== undefined && subnets?.some((s) => s.gateway === ip) === true);
}

export function isNoStation(ip: Ip): boolean {
  if (!isIp4(ip)) return ip === "::" || ip.startsWith("ff");
  const first = Number.parseInt(ip, 10);
  return first === 0 || first >= 224;
}

/** The 24-bit label is the VNI (RFC 8365 §5.1.3); 0 means nobody set one. */
export function remoteVni(candidate: Candidate, vrf: MacVrf): number {
  const label = candidate.mac === undefined ? (candidate.info.pmsi?.label ?? 0) : candidate.label;
  return label === 0 ? vrf.vni : label;
}
