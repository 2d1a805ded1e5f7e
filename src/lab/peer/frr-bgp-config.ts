// SPDX-License-Identifier: Apache-2.0
/** Pieces of bgpd.conf that every EVPN peer of ours is made of. */

/** A VTEP: iBGP to its reflectors, advertising each VXLAN device it finds. `extra` goes below the EVPN address family. */
export interface FrrLeaf {
  readonly asn: number;
  readonly routerId: string;
  /** Addresses of the reflectors. */
  readonly peers: readonly string[];
  /** Source of the sessions. */
  readonly source?: string;
  readonly password?: string;
  /** Keepalive and hold time, seconds. */
  readonly timers?: readonly [number, number];
  readonly bfd?: boolean;
}

export function frrLeafLines(leaf: FrrLeaf): readonly string[] {
  return [
    ...leaf.peers.flatMap((p) => [
      ` neighbor ${p} remote-as ${leaf.asn}`,
      ` neighbor ${p} timers connect 1`,
      ...(leaf.timers ? [` neighbor ${p} timers ${leaf.timers.join(" ")}`] : []),
      ...(leaf.source ? [` neighbor ${p} update-source ${leaf.source}`] : []),
      ...(leaf.bfd ? [` neighbor ${p} bfd`] : []),
      ...(leaf.password ? [` neighbor ${p} password ${leaf.password}`] : []),
    ]),
    " address-family l2vpn evpn",
    ...leaf.peers.map((p) => `  neighbor ${p} activate`),
    "  advertise-all-vni",
    " exit-address-family",
  ];
}

/** A route reflector for whoever connects from a range. */
export interface FrrReflector {
  readonly asn: number;
  readonly routerId: string;
  readonly range: string;
  readonly source?: string;
  readonly password?: string;
  readonly timers?: readonly [number, number];
  readonly bfd?: boolean;
}

export function frrReflectorLines(r: FrrReflector): readonly string[] {
  return [
    ` bgp cluster-id ${r.routerId}`,
    " neighbor clients peer-group",
    ` neighbor clients remote-as ${r.asn}`,
    ...(r.timers ? [` neighbor clients timers ${r.timers.join(" ")}`] : []),
    ...(r.source ? [` neighbor clients update-source ${r.source}`] : []),
    ...(r.bfd ? [" neighbor clients bfd"] : []),
    ...(r.password ? [` neighbor clients password ${r.password}`] : []),
    ` bgp listen range ${r.range} peer-group clients`,
    " address-family l2vpn evpn",
    "  neighbor clients activate",
    "  neighbor clients route-reflector-client",
    " exit-address-family",
  ];
}

/** A VRF of the netns backend (`zebra -n`): its name is that of the namespace. */
export interface FrrVrf {
  readonly name: string;
  readonly l3vni: number;
}

/** zebra.conf. */
export function zebraConfig(hostname: string, vrfs: readonly FrrVrf[]): string {
  return lines([`hostname ${hostname}`, ...vrfs.flatMap(({ name, l3vni }) => [`vrf ${name}`, ` vni ${l3vni}`, "exit-vrf"])]);
}

/** For the end of bgpd.conf: each VRF announces what its namespace is connected to, and imports by the route target of its L3VNI. */
export function frrVrfs(asn: number, routerId: string, vrfs: readonly FrrVrf[]): string {
  const families = ["ipv4", "ipv6"];
  const vrf = ({ name }: FrrVrf): string[] => [
    `router bgp ${asn} vrf ${name}`,
    ` bgp router-id ${routerId}`,
    ...families.flatMap((f) => [
      ` address-family ${f} unicast`,
      "  redistribute connected",
      "  redistribute kernel",
      " exit-address-family",
    ]),
    " address-family l2vpn evpn",
    ...families.map((f) => `  advertise ${f} unicast`),
    " exit-address-family",
  ];
  return lines(vrfs.flatMap(vrf));
}

/** A whole bgpd.conf around such pieces. */
export function frrBgpd(hostname: string, asn: number, routerId: string, body: readonly string[]): string {
  return lines([
    `hostname ${hostname}`,
    `router bgp ${asn}`,
    ` bgp router-id ${routerId}`,
    " no bgp default ipv4-unicast",
    " bgp log-neighbor-changes",
    ...body,
  ]);
}

function lines(all: readonly string[]): string {
  return all.map((l) => `${l}\n`).join("");
}
