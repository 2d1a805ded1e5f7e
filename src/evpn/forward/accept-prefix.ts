// SPDX-License-Identifier: Apache-2.0
import { type Ip, isIp4 } from "../../base/net/ip.ts";
import { isMulticastMac, zeroMac } from "../../base/net/mac.ts";
import { tunnelTypeNames } from "../../bgp/wire/community/encapsulation.ts";
import { zeroEsi } from "../../bgp/wire/nlri/evpn/esi.ts";
import type { IpVrf } from "../types.ts";
import { type Acceptance, isNoStation, refuse } from "./accept.ts";
import { type Candidate, macIpType, typeOf } from "./candidate.ts";

const pass: Acceptance = { kind: "pass" };

/** Whether a route of type 1, 2 or 5 that a domain imports can be used by it. */
export function acceptPrefix(candidate: Candidate, vrf: IpVrf): Acceptance {
  const { info } = candidate;
  if (info.domain !== undefined) return info.domain === vrf.domain ? pass : { kind: "use", vtep: vrf.vtep };
  if (info.vtep === vrf.vtep) return pass;
  if (typeOf(candidate) === macIpType) return acceptHost(candidate, vrf);
  if (info.vtep === undefined) return refuse("its next hop is no address");
  if (info.otherTunnel !== undefined) return refuse(`encapsulation ${tunnelTypeNames[info.otherTunnel] ?? info.otherTunnel} is not VXLAN`);
  if (candidate.ip !== undefined) {
    const why = whyNoPrefix(candidate, vrf);
    if (why !== undefined) return refuse(why);
    // Sent to the gateway's VTEP, not to this one.
    if (candidate.gateway !== undefined) return { kind: "use", vtep: info.vtep };
  }
  return sameFamily(info.vtep, vrf);
}

/** Without a second label it is meant for the network alone (asymmetric IRB). What is wrong with it as a whole is told by its network. */
function acceptHost({ ip, label2, info }: Candidate, vrf: IpVrf): Acceptance {
  const { vtep } = info;
  if (ip === undefined || label2 === 0 || vtep === undefined || info.otherTunnel !== undefined) return pass;
  if (isNoStation(ip) || isLinkLocal(ip) || isIp4(vtep) !== isIp4(vrf.vtep)) return pass;
  const why = whyNoRouter(info.routerMac, vrf);
  return why === undefined ? { kind: "use", vtep } : refuse(why);
}

/** RFC 9136 §3.2 has a table of what goes with what. */
function whyNoPrefix({ ip, length, esi, gateway, label, info }: Candidate, vrf: IpVrf): string | undefined {
  const isUnroutable = length > 0 && (isIp4(ip!) ? Number.parseInt(ip!, 10) >= 224 || ip!.startsWith("127.") : isNoGlobal(ip!, length));
  if (isUnroutable) return `${ip}/${length} is not routed`;
  if (gateway !== undefined) return esi === zeroEsi ? undefined : "it has a gateway and an ESI, which contradict one another";
  if (esi !== zeroEsi) return info.routerMac === undefined ? "it has an ESI, but no Router's MAC of the station there" : undefined;
  return label === 0 ? "it has neither a VNI nor a gateway or ESI" : whyNoRouter(info.routerMac, vrf);
}

function whyNoRouter(mac: string | undefined, vrf: IpVrf): string | undefined {
  if (mac === undefined) return "it has no Router's MAC";
  if (mac === vrf.routerMac) return `its Router's MAC ${mac} is that of this host`;
  return mac === zeroMac || isMulticastMac(mac as typeof zeroMac) ? `its Router's MAC ${mac} is no station's` : undefined;
}

function sameFamily(vtep: Ip, vrf: IpVrf): Acceptance {
  if (isIp4(vtep) === isIp4(vrf.vtep)) return { kind: "use", vtep };
  return refuse(`next hop ${vtep} is of another address family than the local VTEP ${vrf.vtep}`);
}

function isNoGlobal(ip: Ip, length: number): boolean {
  return ip.startsWith("ff") || isLinkLocal(ip) || (ip === "::1" && length === 128);
}

/** fe80::/10: of one link, never routed (RFC 4291 §2.5.6), and 169.254.0.0/16 (RFC 3927 §7). */
export function isLinkLocal(ip: Ip): boolean {
  return /^fe[89ab][0-9a-f]:/.test(ip) || ip.startsWith("169.254.");
}
