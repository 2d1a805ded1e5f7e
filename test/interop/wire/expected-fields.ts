// SPDX-License-Identifier: Apache-2.0
import { ipToBytes, isIp4 } from "../../../src/base/net/ip.ts";
import { toHex } from "../../../src/base/bytes/hex.ts";
import { rdToBytes } from "../../../src/base/net/rd.ts";
import type { Dissection } from "./dissection.ts";
import type { RouteToDissect } from "./routes-to-dissect.ts";

/** tshark's fields → values, as strings. */
export type Fields = Readonly<Record<string, readonly string[]>>;

/** The same fields of a packet. */
export function fieldsLike(d: Dissection, like: Fields): Fields {
  return Object.fromEntries(Object.keys(like).map((name) => [name, d.values.get(name) ?? []]));
}

const colons = (hex: string): string => hex.replaceAll(/(..)(?!$)/g, "$1:");

/** A label field of 24 bits: tshark does not know that it is a VNI, and shows the upper twenty. */
const label = (vni: number | undefined): readonly string[] => (vni === undefined ? [] : [String(vni >>> 4)]);

/** What tshark has to say of a route, whoever passes it on. @param external to another AS, where communities that are not transitive do not go */
export function expectedFields(r: RouteToDissect, external: boolean): Fields {
  const four = isIp4(r.nextHop);
  const targets = r.communities.flatMap((c) => (c.kind === "route-target" ? [c.target.split(":")] : []));
  const twoOctet = targets.filter(([administrator]) => !administrator!.includes(".") && Number(administrator) < 65536);
  return {
    ...routeFields(r.route),
    "bgp.update.path_attribute.mp_reach_nlri.afi": ["25"],
    "bgp.update.path_attribute.mp_reach_nlri.safi": ["70"],
    "bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv4": four ? [r.nextHop] : [],
    "bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv6": four ? [] : [r.nextHop],
    "bgp.update.path_attribute.origin": ["0"],
    "bgp.ext_com.value_an4": [...twoOctet.map(([, n]) => n!), ...r.communities.flatMap((c) => (c.kind === "route-origin" ? ["5"] : []))],
    "bgp.ext_com.tunnel_type": r.communities.flatMap((c) => (c.kind === "encapsulation" ? [String(c.tunnelType)] : [])),
    "bgp.ext_com_evpn.esi.router_mac": r.communities.flatMap((c) => (c.kind === "router-mac" ? [c.mac] : [])),
    "bgp.ext_com_evpn.esi.rt": r.communities.flatMap((c) => (c.kind === "es-import" ? [c.mac] : [])),
    "bgp.ext_com_evpn.mmac.seq": r.communities.flatMap((c) => (c.kind === "mac-mobility" ? [String(c.sequence)] : [])),
    "bgp.ext_com.type": r.communities.map(typeOctet).filter((type) => !external || (Number(type) & 0x40) === 0),
  };
}

/** Types of extended communities as IANA has them, seen from the outside of our codec. */
function typeOctet(c: RouteToDissect["communities"][number]): string {
  switch (c.kind) {
    case "route-target":
      return c.target.includes(".") ? "0x01" : Number(c.target.split(":")[0]) > 65535 ? "0x02" : "0x00";
    case "route-origin":
      return "0x00";
    case "encapsulation":
    case "default-gateway":
    case "group-policy-id":
    case "color":
      return "0x03";
    case "link-bandwidth":
      return "0x40";
    case "opaque-extended":
      return `0x${toHex(c.octets.subarray(0, 1))}`;
    default:
      return "0x06";
  }
}

function routeFields(route: RouteToDissect["route"]): Fields {
  const addresses = (address: string | undefined): Fields => ({
    "bgp.evpn.nlri.ip.addr": address !== undefined && !address.includes(":") ? [address] : [],
    "bgp.evpn.nlri.ipv6.addr": address?.includes(":") ? [address] : [],
  });
  const rd = { "bgp.evpn.nlri.rd": [colons(toHex(rdToBytes(route.rd)))] };
  switch (route.kind) {
    case "ethernet-ad":
      return { ...rd, "bgp.evpn.nlri.rt": ["1"], ...segment(route), "bgp.evpn.nlri.mpls_ls1": label(route.label) };
    case "mac-ip":
      return {
        ...rd,
        "bgp.evpn.nlri.rt": ["2"],
        ...segment(route),
        "bgp.evpn.nlri.mac_addr": [route.mac],
        "bgp.evpn.nlri.iplen": [route.ip === undefined ? "0" : String(ipToBytes(route.ip).length * 8)],
        ...addresses(route.ip),
        "bgp.evpn.nlri.mpls_ls1": label(route.label),
        "bgp.evpn.nlri.mpls_ls2": label(route.label2),
      };
    case "inclusive-multicast":
      return {
        ...rd,
        "bgp.evpn.nlri.rt": ["3"],
        "bgp.evpn.nlri.etag": [String(route.tag)],
        ...addresses(route.originator),
        "bgp.update.path_attribute.pmsi.tunnel.type": ["6"],
        // Behind the encapsulation community tshark knows that it is a VNI.
        "bgp.evpn.nlri.vni": ["100"],
      };
    case "ethernet-segment":
      return { ...rd, "bgp.evpn.nlri.rt": ["4"], "bgp.evpn.nlri.esi": [route.esi], ...addresses(route.originator) };
    default:
      return {
        ...rd,
        "bgp.evpn.nlri.rt": ["5"],
        ...segment(route),
        "bgp.evpn.nlri.prefix_len": [String(route.prefix.length)],
        ...addresses(route.prefix.ip),
        "bgp.evpn.nlri.ipv4.gtw_addr": isIp4(route.gateway) ? [route.gateway] : [],
        "bgp.evpn.nlri.ipv6.gtw_addr": isIp4(route.gateway) ? [] : [route.gateway],
        "bgp.update.path_attribute.mpls_label_value": [String(route.label)],
      };
  }
}

function segment(route: { readonly esi: string; readonly tag: number }): Fields {
  return { "bgp.evpn.nlri.esi": [route.esi], "bgp.evpn.nlri.etag": [String(route.tag)] };
}
