// SPDX-License-Identifier: Apache-2.0
import type { Static } from "typebox";
import { bgpSchema } from "./bgp-schema.ts";
import { dhcpSchema, dnsSchema } from "./dhcp-schema.ts";
import { logSchema, metricsSchema } from "./daemon-schema.ts";
import { flag, integer, integerOr, list, optional, section, text } from "./key.ts";
import { externalSchema, floatingIpSchema, natSchema, publicSchema } from "./nat-schema.ts";
import { redistribute, routes, subnets } from "./routing-schema.ts";
import { unknownNeighbours } from "./unknown-neighbours.ts";

const vni = (description: string) => integer(1, 16_777_215, { description });

/** RD and route targets of a MAC-VRF or IP-VRF. */
const vpnKeys = {
  rd: optional(text("rd", { description: "Route distinguisher", defaultText: "`routerId:index`, the index kept across restarts" })),
  importTargets: optional(
    list(text("import-target", { description: "ASN:NUMBER, ADDRESS:NUMBER or *:NUMBER" }), {
      description: "Route targets whose routes are taken in; `*` matches any administrator",
      defaultText: "`ASN:VNI`",
    }),
  ),
  exportTargets: optional(
    list(text("route-target", { description: "ASN:NUMBER or ADDRESS:NUMBER" }), {
      description: "Route targets that our routes carry",
      defaultText: "`ASN:VNI` (RFC 8365 §5.1.2.1)",
    }),
  ),
};

const vtep = section(
  {
    address: text("ip", { description: "Address of this host's VTEP in the underlay: source of VXLAN packets and next hop of our routes" }),
    port: integer(1, 65_535, { description: "UDP port of VXLAN", default: 4789 }),
    mtu: integerOr("auto", 1_280, 65_535, {
      description: "MTU of the underlay path; networks get it less the encapsulation (50 octets over IPv4, 70 over IPv6)",
      unit: "octets",
      default: "auto",
      defaultText: "`auto`: that of the interface that leads to the peers",
    }),
    device: optional(
      text("interface", {
        description: "Interface towards the underlay, whose MTU counts with `mtu: auto`; must be there when the agent starts",
        defaultText: "found by the address and the routes to the peers",
      }),
    ),
    routerMac: optional(
      text("mac", {
        description:
          "MAC address of this host as router, then one for all domains: other hosts send it what they route here. A domain cannot import routes of another one of a host with the same",
        defaultText: "one for each domain, made from `l3vni` and `address`",
      }),
    ),
    gatewayMac: text("mac", {
      description: "MAC address of the gateways of networks; must be the same on every host",
      default: "02:00:5e:00:01:01",
    }),
  },
  { description: "VXLAN tunnel endpoint of this host" },
);

const domain = section(
  {
    name: text("name", { description: "Name of the domain; its network namespace is `weft-NAME`" }),
    l3vni: optional(vni("VNI for routed traffic between hosts")),
    ...vpnKeys,
    routes,
    redistribute,
    dns: dnsSchema,
    nat: optional(natSchema),
    external: optional(externalSchema),
  },
  { description: "A routed space: one network namespace on this host" },
);

const network = section(
  {
    name: text("name", { description: "Name of the network" }),
    vni: vni("VXLAN network identifier"),
    domain: optional(text("name", { description: "Domain that the network belongs to", defaultText: "none: the host's own namespace" })),
    ...vpnKeys,
    subnets,
    dhcp: optional(dhcpSchema),
    unknownNeighbours,
    mtu: optional(integer(576, 65_535, { description: "MTU of the network", unit: "octets", defaultText: "from `vtep.mtu`" })),
  },
  { description: "One layer 2 segment: a bridge and a VXLAN device that the agent makes" },
);

const port = section(
  {
    name: text("name", { description: "Name of the port" }),
    network: text("name", { description: "Network that it attaches to" }),
    interface: text("interface", { description: "Interface of the host that leads to the workload (veth, tap); may appear later" }),
    mac: optional(
      text("mac", {
        description: "MAC address of the workload, advertised as soon as the interface is there",
        defaultText: "learned from frames",
      }),
    ),
    ips: list(text("ip", { description: "Address of the workload" }), {
      description: "Addresses of the workload; need `mac`",
      default: [],
    }),
    dhcp: flag({ description: "Give the port its addresses, where the network has `dhcp`", default: true }),
    hostname: optional(text("name", { description: "Name of the workload in DHCP and DNS", defaultText: "`name`" })),
    sticky: flag({ description: "The MAC may not move to another host (RFC 7432 §15.2); needs `mac`", default: false }),
  },
  { description: "Attachment of a workload" },
);

const duplicateDetection = section(
  {
    moves: integer(2, 1_000, {
      description: "So many moves of a MAC to another host, or of an IP to another MAC …",
      unit: "moves",
      default: 5,
    }),
    seconds: integer(1, 86_400, {
      description: "… within this time put it in quarantine (RFC 7432 §15.1, RFC 9161 §3.7)",
      unit: "seconds",
      default: 180,
    }),
    recovery: integerOr("never", 1, 86_400, {
      description:
        "Time until a MAC or IP in quarantine is tried again; `never`: only by `weft evpn duplicates clear`, or when the one that had it is gone",
      unit: "seconds",
      default: "never",
    }),
  },
  { description: "Protection against a MAC that appears at two places, and an IP that two MACs claim", default: {} },
);

const audit = section(
  {
    period: integer(1, 86_400, {
      description:
        "Time between full comparisons of kernel and desired state; with more than 12,000 objects up to ten times as long, so that they take little of a core",
      unit: "seconds",
      default: 60,
    }),
  },
  { description: "Periodic audit of the kernel", default: {} },
);

/** The file of `weft agent --config FILE`. */
export const agentSchema = section(
  {
    host: optional(text("name", { description: "Name of this host", defaultText: "the machine's host name" })),
    bgp: bgpSchema,
    vtep: optional(vtep),
    adopt: flag({
      description:
        "Advertise every VXLAN device with a bridge above it that the administrator made; such devices are filled, never made or deleted",
      default: false,
    }),
    domains: list(domain, { description: "Routed spaces", default: [] }),
    networks: list(network, { description: "Layer 2 segments that the agent makes", default: [] }),
    ports: list(port, { description: "Declared attachments", default: [] }),
    public: optional(publicSchema),
    floatingIps: list(floatingIpSchema, {
      description: "Public addresses of workloads; the same list may stand on every host",
      default: [],
    }),
    duplicateDetection,
    discovery: flag({
      description:
        "Learn addresses of workloads from all ARP and neighbour discovery that they flood, beyond gratuitous ARP; needs CAP_NET_RAW",
      default: true,
    }),
    audit,
    metrics: metricsSchema,
    log: logSchema,
  },
  { description: "Configuration of an agent" },
);

export type AgentFile = Static<typeof agentSchema>;
export type DomainSection = Static<typeof domain>;
export type NetworkSection = Static<typeof network>;
export type PortSection = Static<typeof port>;
