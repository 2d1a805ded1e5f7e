// SPDX-License-Identifier: Apache-2.0
/** One route of each form that we can encode, with every attribute and community somewhere, and what a dissector should say of it. */
import type { Ip } from "../../../src/base/net/ip.ts";
import { ipToBytes } from "../../../src/base/net/ip.ts";
import type { Mac } from "../../../src/base/net/mac.ts";
import type { Rd } from "../../../src/base/net/rd.ts";
import type { LocalRoute } from "../../../src/bgp/rib/types.ts";
import type { Attribute } from "../../../src/bgp/wire/attribute/attribute.ts";
import { encodeAttributes } from "../../../src/bgp/wire/attribute/encode.ts";
import { ingressReplication } from "../../../src/bgp/wire/attribute/pmsi-tunnel.ts";
import { attributeCode } from "../../../src/bgp/wire/attribute/table.ts";
import type { ExtendedCommunity } from "../../../src/bgp/wire/community/extended-community.ts";
import { type Esi, zeroEsi } from "../../../src/bgp/wire/nlri/evpn/esi.ts";
import type { EvpnRoute } from "../../../src/bgp/wire/nlri/evpn/route.ts";
import { encodeEvpn } from "../../../src/bgp/wire/nlri/evpn/table.ts";

/** tshark reads no other types either. */
type ReadableRoute = Exclude<EvpnRoute, { readonly kind: "opaque-evpn" }>;

export interface RouteToDissect {
  readonly what: string;
  readonly route: ReadableRoute;
  readonly nextHop: Ip;
  readonly communities: readonly ExtendedCommunity[];
  readonly attributes: readonly Attribute[];
}

const ip = (text: string): Ip => text as Ip;
const mac = (text: string): Mac => text as Mac;
const rd = "10.0.0.1:100" as Rd;
const esi = "00:11:22:33:44:55:66:77:88:99" as Esi;
const [v4, v6] = [ip("10.0.0.1"), ip("fd00::1")];

const target = (text: string): ExtendedCommunity => ({ kind: "route-target", target: text, transitive: true });
const vxlan: ExtendedCommunity = { kind: "encapsulation", tunnelType: 8, reserved: 0 };
const routerMac: ExtendedCommunity = { kind: "router-mac", mac: mac("02:aa:00:00:00:01") };
const mobility = (sequence: number, sticky: boolean): ExtendedCommunity => ({
  kind: "mac-mobility",
  sticky,
  sequence,
  otherFlags: 0,
  reserved: 0,
});
const usual = [target("65000:100"), vxlan];

function macIp(n: number, over: Partial<Extract<EvpnRoute, { kind: "mac-ip" }>> = {}): ReadableRoute {
  const address = mac(`02:00:00:00:00:${n.toString(16).padStart(2, "0")}`);
  return { kind: "mac-ip", rd, esi: zeroEsi, tag: 0, mac: address, ip: undefined, label: 100, ...over };
}

const pmsi = (endpoint: Ip): Attribute => ({
  kind: "pmsi-tunnel",
  flags: 0xc0,
  tunnelFlags: 0,
  tunnelType: ingressReplication,
  label: 100,
  identifier: ipToBytes(endpoint),
});

/** Every extended community that has a codec, in each of its forms. */
const everyCommunity: readonly ExtendedCommunity[] = [
  target("65000:100"),
  target("10.0.0.1:7"),
  target("4200000000:9"),
  { kind: "route-origin", origin: "65000:5", transitive: true },
  vxlan,
  mobility(7, true),
  { kind: "esi-label", singleActive: true, label: 4096, otherFlags: 0, reserved: 0 },
  { kind: "es-import", mac: mac("11:22:33:44:55:66") },
  routerMac,
  { kind: "default-gateway", reserved: "000000000000" },
  { kind: "neighbour-flags", router: true, override: true, immutable: false, otherFlags: 0, reserved: "0000000000" },
  { kind: "df-election", algorithm: 1, capabilities: 0x4000, reservedBits: 0, reserved: 0 },
  { kind: "group-policy-id", group: 20, scope: 0, form: "policy-id", reserved: 0 },
  { kind: "group-policy-id", group: 21, scope: 1, form: "class-tag", reserved: 0 },
  { kind: "link-bandwidth", asn: 65000, octetsPerSecond: 1.25e9, transitive: false },
  { kind: "color", color: 77, flags: 0 },
  { kind: "opaque-extended", octets: Uint8Array.of(0x88, 1, 2, 3, 4, 5, 6, 7) },
];

/** Every attribute that has a codec and may come with a route of our own; those of reflection are added on the way. */
const everyAttribute: readonly Attribute[] = [
  { kind: "multi-exit-disc", flags: 0x80, metric: 50 },
  { kind: "atomic-aggregate", flags: 0x40 },
  { kind: "aggregator", flags: 0xc0, asn: 4_200_000_000, address: v4 },
  { kind: "communities", flags: 0xc0, communities: [0xfde80001, 0xffff0000] },
  { kind: "large-communities", flags: 0xc0, communities: [{ administrator: 65000, data1: 1, data2: 2 }] },
];

function row(what: string, route: ReadableRoute, over: Partial<RouteToDissect> = {}): RouteToDissect {
  return { what, route, nextHop: v4, communities: usual, attributes: [], ...over };
}

export const routesToDissect: readonly RouteToDissect[] = [
  row("type 1 of an EVI", { kind: "ethernet-ad", rd, esi, tag: 0, label: 100 }),
  row(
    "type 1 of a segment",
    { kind: "ethernet-ad", rd, esi, tag: 0xffffffff, label: 0 },
    { communities: [target("65000:100"), { kind: "esi-label", singleActive: false, label: 16, otherFlags: 0, reserved: 0 }] },
  ),
  row("type 2, MAC", macIp(1)),
  row("type 2, MAC and IPv4", macIp(2, { ip: ip("192.168.1.2") })),
  row("type 2, MAC and IPv6", macIp(3, { ip: ip("2001:db8::3") })),
  row("type 2, two labels", macIp(4, { ip: ip("192.168.1.4"), label2: 5001 }), {
    communities: [...usual, target("65000:5001"), routerMac],
  }),
  row("type 2, IPv6 and two labels", macIp(5, { ip: ip("2001:db8::5"), label2: 5001 }), { nextHop: v6 }),
  row("type 2, moved", macIp(6), { communities: [...usual, mobility(3, false)] }),
  row("type 2, the highest VNI", macIp(7, { label: 0xffffff, tag: 42 })),
  row("type 2, multihomed", macIp(8, { esi })),
  row("type 3, IPv4", { kind: "inclusive-multicast", rd, tag: 0, originator: v4 }, { attributes: [pmsi(v4)] }),
  row("type 3, IPv6", { kind: "inclusive-multicast", rd, tag: 0, originator: v6 }, { nextHop: v6, attributes: [pmsi(v6)] }),
  row("type 4, IPv4", { kind: "ethernet-segment", rd, esi, originator: v4 }, { communities: [everyCommunity[7]!, everyCommunity[11]!] }),
  row("type 4, IPv6", { kind: "ethernet-segment", rd, esi, originator: v6 }, { nextHop: v6, communities: [everyCommunity[7]!] }),
  row(
    "type 5, IPv4",
    { kind: "ip-prefix", rd, esi: zeroEsi, tag: 0, prefix: { ip: ip("10.50.0.0"), length: 24 }, gateway: ip("0.0.0.0"), label: 5001 },
    { communities: [target("65000:5001"), vxlan, routerMac] },
  ),
  row(
    "type 5, IPv6 with a gateway",
    {
      kind: "ip-prefix",
      rd,
      esi: zeroEsi,
      tag: 0,
      prefix: { ip: ip("2001:db8:50::"), length: 64 },
      gateway: ip("2001:db8::fe"),
      label: 5001,
    },
    { nextHop: v6, communities: [target("65000:5001"), vxlan, routerMac] },
  ),
  row("every extended community", macIp(0x10), { communities: everyCommunity }),
  row("every attribute", macIp(0x11), { attributes: everyAttribute }),
  row("more communities than one octet of length counts", macIp(0x12), {
    communities: Array.from({ length: 60 }, (_, i) => target(`65000:${1000 + i}`)),
  }),
];

/** As the speaker takes it. */
export function localRoute(r: RouteToDissect): LocalRoute {
  const list: readonly Attribute[] = [
    { kind: "origin", flags: 0x40, origin: "igp" },
    { kind: "as-path", flags: 0x40, segments: [] },
    { kind: "local-pref", flags: 0x40, preference: 100 },
    ...r.attributes,
    { kind: "extended-communities", flags: 0xc0, communities: r.communities },
  ];
  const attributes = list.toSorted((a, b) => attributeCode(a) - attributeCode(b));
  const context = { fourOctetAs: true, peer: "ibgp" } as const;
  return {
    family: "l2vpn-evpn",
    nlri: encodeEvpn(r.route),
    attributes: encodeAttributes(attributes, context),
    nextHop: ipToBytes(r.nextHop),
  };
}
