// SPDX-License-Identifier: Apache-2.0
/** What ARP and neighbour discovery say in passing: this station has this address. Pure. */
import { type Ip, ipFromBytes, isIp4 } from "../../base/net/ip.ts";
import { isMulticastMac, type Mac, macFromBytes, zeroMac } from "../../base/net/mac.ts";
import type { FilterStep } from "../../base/sys/socket-filter.ts";

/** A station said that it has an address. */
export interface Claimed {
  readonly ip: Ip;
  readonly mac: Mac;
}

/** The same, with the bridge that handed the frame to its host. */
export interface Sighting extends Claimed {
  /** Of the namespace that the bridge is in. */
  readonly ns: string;
  /** ifindex of the bridge. */
  readonly index: number;
}

export const ETH_P_ARP = 0x0806;
export const ETH_P_IPV6 = 0x86dd;
const protocolIcmp6 = 58;
const neighbourSolicitation = 135;
const neighbourAdvertisement = 136;
const sourceLinkAddress = 1;
const targetLinkAddress = 2;

/** Offsets in an Ethernet frame. */
const arpAt = 14;
const ip6At = 14;
const icmpAt = 54;
const optionsAt = icmpAt + 24;

/** As much of a frame as is ever looked at. */
export const longestLook = 256;

/** Instructions of classic BPF: load an octet, compare, return. */
const [LDB, JEQ, RET] = [0x30, 0x15, 0x06];

/** All ARP of Ethernet. `take`: octets to hand on. */
export function arpFilter(take: number): readonly FilterStep[] {
  return [[RET, 0, 0, take]];
}

/** Neighbour solicitations and advertisements right behind the IPv6 header. */
export function discoveryFilter(take: number): readonly FilterStep[] {
  return [
    [LDB, 0, 0, ip6At + 6],
    [JEQ, 0, 4, protocolIcmp6],
    [LDB, 0, 0, icmpAt],
    [JEQ, 1, 0, neighbourSolicitation],
    [JEQ, 0, 1, neighbourAdvertisement],
    [RET, 0, 0, take],
    [RET, 0, 0, 0],
  ];
}

/** What the sender of a frame says of itself; undefined when that is nothing, or nonsense. */
export function readFrame(frame: Uint8Array): Claimed | undefined {
  if (frame.length < arpAt) return undefined;
  const type = (frame[12]! << 8) | frame[13]!;
  const found = type === ETH_P_ARP ? readArp(frame) : type === ETH_P_IPV6 ? readDiscovery(frame) : undefined;
  return found && isStation(found.mac) && isUnicast(found.ip) ? found : undefined;
}

/** RFC 826: the sender's addresses, in requests as in replies. A probe (RFC 5227) has 0.0.0.0 there. */
function readArp(b: Uint8Array): Claimed | undefined {
  if (b.length < arpAt + 28) return undefined;
  const isEthernet = b[14] === 0 && b[15] === 1 && b[16] === 8 && b[17] === 0 && b[18] === 6 && b[19] === 4;
  const isKnown = b[20] === 0 && (b[21] === 1 || b[21] === 2);
  return isEthernet && isKnown ? { mac: macFromBytes(b, 22), ip: ipFromBytes(b, 28, 4) } : undefined;
}

/**
 * RFC 4861 §4.3, §4.4: who solicits has the source address of the packet, who advertises has the target. The checks of §7.1 as
 * far as they keep strangers out: a hop limit of 255 comes from the link. In duplicate address detection the source is `::`.
 */
function readDiscovery(b: Uint8Array): Claimed | undefined {
  if (b.length < optionsAt || b[ip6At + 6] !== protocolIcmp6 || b[ip6At + 7] !== 255 || b[icmpAt + 1] !== 0) return undefined;
  const frameMac = macFromBytes(b, 6);
  if (b[icmpAt] === neighbourSolicitation)
    return { ip: ipFromBytes(b, ip6At + 8, 16), mac: linkAddressIn(b, sourceLinkAddress) ?? frameMac };
  if (b[icmpAt] === neighbourAdvertisement)
    return { ip: ipFromBytes(b, icmpAt + 8, 16), mac: linkAddressIn(b, targetLinkAddress) ?? frameMac };
  return undefined;
}

function linkAddressIn(b: Uint8Array, wanted: number): Mac | undefined {
  for (let at = optionsAt; at + 8 <= b.length;) {
    const length = b[at + 1]! * 8;
    if (length === 0) return undefined;
    if (b[at] === wanted) return macFromBytes(b, at + 2);
    at += length;
  }
  return undefined;
}

function isStation(mac: Mac): boolean {
  return mac !== zeroMac && !isMulticastMac(mac);
}

function isUnicast(ip: Ip): boolean {
  if (!isIp4(ip)) return ip !== "::" && ip !== "::1" && !ip.startsWith("ff");
  const first = Number(ip.slice(0, ip.indexOf(".")));
  return first !== 0 && first !== 127 && first < 224;
}
