// SPDX-License-Identifier: Apache-2.0
/** Routes as the RIB hands them over, for tests. */
import { type Ip, ipToBytes, isIp4 } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import type { Prefix } from "../../base/net/prefix.ts";
import type { Rd } from "../../base/net/rd.ts";
import type { AttributeSet, BestChange, LocalRoute } from "../../bgp/rib/types.ts";
import type { Attribute } from "../../bgp/wire/attribute/attribute.ts";
import { decodeAttributes } from "../../bgp/wire/attribute/decode.ts";
import { encodeAttributes } from "../../bgp/wire/attribute/encode.ts";
import { optionalTransitive, wellKnown } from "../../bgp/wire/attribute/flags.ts";
import type { ExtendedCommunity } from "../../bgp/wire/community/extended-community.ts";
import { type Esi, zeroEsi } from "../../bgp/wire/nlri/evpn/esi.ts";
import { encodeEvpn } from "../../bgp/wire/nlri/evpn/table.ts";
import type { RouteTarget } from "../types.ts";

export interface RemoteAttributes {
  readonly nextHop: Ip;
  readonly targets: readonly RouteTarget[];
  readonly sequence?: number;
  readonly sticky?: boolean;
  readonly tunnels?: readonly number[];
  readonly routerMac?: Mac | undefined;
  readonly isGateway?: boolean;
  readonly localPref?: number;
  readonly med?: number;
  readonly pmsi?: { readonly tunnel: number; readonly label: number; readonly endpoint?: Ip };
}

const context = { fourOctetAs: true, peer: "ibgp" } as const;

export function attributeSet(a: RemoteAttributes): AttributeSet {
  const communities: ExtendedCommunity[] = a.targets.map((target) => ({ kind: "route-target", target, transitive: true }));
  for (const tunnelType of a.tunnels ?? [8]) communities.push({ kind: "encapsulation", tunnelType, reserved: 0 });
  if (a.sequence !== undefined || a.sticky)
    communities.push({ kind: "mac-mobility", sticky: a.sticky ?? false, sequence: a.sequence ?? 0, otherFlags: 0, reserved: 0 });
  if (a.routerMac !== undefined) communities.push({ kind: "router-mac", mac: a.routerMac });
  if (a.isGateway) communities.push({ kind: "default-gateway", reserved: "000000000000" });
  const attributes: Attribute[] = [
    { kind: "origin", flags: wellKnown, origin: "igp" },
    { kind: "as-path", flags: wellKnown, segments: [] },
    ...(a.med === undefined ? [] : [{ kind: "multi-exit-disc", flags: 0x80, metric: a.med } as const]),
    ...(a.localPref === undefined ? [] : [{ kind: "local-pref", flags: wellKnown, preference: a.localPref } as const]),
    { kind: "extended-communities", flags: optionalTransitive, communities },
  ];
  if (a.pmsi) {
    const identifier = a.pmsi.endpoint === undefined ? new Uint8Array(0) : ipToBytes(a.pmsi.endpoint);
    const { tunnel: tunnelType, label } = a.pmsi;
    attributes.push({ kind: "pmsi-tunnel", flags: optionalTransitive, tunnelFlags: 0, tunnelType, label, identifier });
  }
  return { raw: encodeAttributes(attributes, context), nextHop: ipToBytes(a.nextHop), attributes: () => attributes };
}

export function macIpNlri(rd: string, mac: Mac, ip: Ip | undefined, label: number, tag = 0, label2?: number): Uint8Array {
  const second = label2 === undefined ? {} : { label2 };
  return encodeEvpn({ kind: "mac-ip", rd: rd as Rd, esi: zeroEsi, tag, mac, ip, label, ...second });
}

export interface Overlay {
  readonly esi?: Esi | undefined;
  readonly gateway?: Ip | undefined;
}

export function prefixNlri(rd: string, prefix: Prefix, label: number, { esi = zeroEsi, gateway }: Overlay = {}): Uint8Array {
  const none = (isIp4(prefix.ip) ? "0.0.0.0" : "::") as Ip;
  return encodeEvpn({ kind: "ip-prefix", rd: rd as Rd, esi, tag: 0, prefix, gateway: gateway ?? none, label });
}

/** A-D per EVI. */
export function segmentNlri(rd: string, esi: Esi, label: number): Uint8Array {
  return encodeEvpn({ kind: "ethernet-ad", rd: rd as Rd, esi, tag: 0, label });
}

export function multicastNlri(rd: string, originator: Ip): Uint8Array {
  return encodeEvpn({ kind: "inclusive-multicast", rd: rd as Rd, tag: 0, originator });
}

export function best(nlri: Uint8Array, attributes: AttributeSet | undefined): BestChange {
  const path = attributes && { attributes, from: 2, fromName: "reflector", stale: false };
  return { family: "l2vpn-evpn", nlri, path };
}

/** What a route of ours looks like to others. */
export function asAttributeSet(route: LocalRoute): AttributeSet {
  const attributes = (): readonly Attribute[] => decodeAttributes(route.attributes, context).attributes;
  return { raw: route.attributes, nextHop: route.nextHop, attributes };
}
