// SPDX-License-Identifier: Apache-2.0
import type { Static } from "typebox";
import { choice, flag, integer, list, mapping, optional, section, text, words } from "./key.ts";
import { externalSchema, floatingIpSchema, natSchema, publicPorts } from "./nat-schema.ts";
import { redistribute, routes, subnets } from "./routing-schema.ts";
import { unknownNeighbours } from "./unknown-neighbours.ts";

const underlay = section(
  {
    spines: integer(1, 16, {
      description: "Number of spines, of each zone where there are zones; every leaf is linked to each of them",
      default: 2,
    }),
    routing: choice(["static", "frr-ospf", "frr-bgp"], {
      description: "How loopbacks are reached, always over all spines; the FRR kinds run BFD and need FRR",
      default: "static",
    }),
    family: choice(["ipv4", "ipv6"], { description: "Address family of the underlay", default: "ipv4" }),
    mtu: integer(1_280, 65_535, { description: "MTU of the links", unit: "octets", default: 9_000 }),
  },
  { description: "Spines, leaves and the links between them", default: {} },
);

const reflectorKinds = ["weft", "frr", "gobgp"] as const;

const reflector = section(
  {
    name: text("name", { description: "Name of the reflector" }),
    kind: choice(reflectorKinds, { description: "Which program reflects", default: "weft" }),
    zone: optional(text("name", { description: "Zone that it serves, one of `zones`; with zones only kind `weft`", defaultText: "none" })),
  },
  { description: "A route reflector; a bare name is one of kind `weft`", shorthand: "name" },
);

const zone = section(
  {
    asn: optional(
      integer(1, 4_294_967_295, {
        description: "AS number of the zone. Reflectors of different ASes speak eBGP and rewrite automatic route targets",
        defaultText: "`asn` of the lab",
      }),
    ),
  },
  { description: "A zone has spines and reflectors of its own; the n-th spines of all zones are linked" },
);

const nodeKinds = ["weft", "frr", "gobgp", "exabgp"] as const;

const node = section(
  {
    kind: choice(nodeKinds, {
      description: "`weft` and `frr` are VTEPs, `gobgp` a speaker without a data plane, `exabgp` an injector of hand-made routes",
      default: "weft",
    }),
    routes: list(words({ description: "A line of ExaBGP's `static` section", maxLength: 4_096 }), {
      description: "Routes that an injector announces to every reflector (kind `exabgp` only)",
      default: [],
    }),
    zone: optional(text("name", { description: "Zone that it is in, one of `zones`", defaultText: "none" })),
  },
  { description: "A machine of the fabric" },
);

const domain = section(
  {
    l3vni: optional(integer(1, 16_777_215, { description: "VNI for routed traffic between nodes", defaultText: "none" })),
    importTargets: optional(
      list(text("import-target", { description: "ASN:NUMBER, ADDRESS:NUMBER or *:NUMBER" }), {
        description: "Route targets whose routes are taken in (kind `weft` only)",
        defaultText: "`ASN:L3VNI`",
      }),
    ),
    exportTargets: optional(
      list(text("route-target", { description: "ASN:NUMBER or ADDRESS:NUMBER" }), {
        description: "Route targets of what is announced (kind `weft` only)",
        defaultText: "`ASN:L3VNI`",
      }),
    ),
    routes,
    redistribute,
    nat: optional(natSchema),
    external: optional(externalSchema),
  },
  { description: "A routed domain; one that only networks name has no settings" },
);

const network = section(
  {
    vni: integer(1, 16_777_215, { description: "VXLAN network identifier" }),
    domain: optional(
      text("name", {
        description: "Routed domain of the network; on nodes of kind `frr` only one with an `l3vni` counts",
        defaultText: "none",
      }),
    ),
    subnets,
    unknownNeighbours,
  },
  { description: "A layer 2 segment" },
);

const workload = section(
  {
    node: text("name", { description: "Node that it runs on: one of kind `weft` or `frr`" }),
    network: text("name", { description: "Network that it is attached to" }),
    ip: list(text("interface-address", { description: "ADDRESS/LENGTH" }), {
      description: "Its addresses; a single one may stand without the list",
      single: true,
    }),
    mac: optional(text("mac", { description: "Its MAC address", defaultText: "made from its name" })),
    mtu: integer(576, 65_535, { description: "MTU of its interface", unit: "octets", default: 1_500 }),
    declared: flag({
      description: "Declare the port to the agent instead of letting it learn from frames (kind `weft` only)",
      default: true,
    }),
  },
  { description: "Something that sends and receives frames, in a namespace of its own" },
);

const publicSide = section(
  {
    subnets: list(text("prefix", { description: "A public subnet; nodes have its first addresses" }), {
      description: "Subnets of the public segment, for example 203.0.113.0/24",
    }),
    ports: publicPorts,
  },
  { description: "Present: nodes of kind `weft` are on a public segment too, with a host `outside`" },
);

/** The file of `weft lab up FILE`. */
export const labSchema = section(
  {
    name: text("name", { description: "Name of the lab; its namespaces begin with it" }),
    asn: integer(1, 4_294_967_295, { description: "AS number of the overlay; all nodes and reflectors are in it", default: 65_000 }),
    underlay,
    zones: mapping(zone, { description: "Zones by name; with any, every reflector and node is in one", default: {} }),
    bfd: flag({
      description: "Watch the sessions of the overlay with BFD; members of kinds `gobgp` and `exabgp` have none",
      default: false,
    }),
    reflectors: list(reflector, { description: "Route reflectors", default: [] }),
    nodes: mapping(node, { description: "Machines by name", default: {} }),
    domains: mapping(domain, { description: "Routed domains by name", default: {} }),
    networks: mapping(network, { description: "Segments by name", default: {} }),
    public: optional(publicSide),
    floatingIps: list(floatingIpSchema, {
      description: "Public addresses of workloads; `port` is the name of a declared workload",
      default: [],
    }),
    workloads: mapping(workload, { description: "Workloads by name", default: {} }),
  },
  { description: "Topology of a lab" },
);

/** A topology with defaults filled in: reflectors as objects, addresses as lists. */
export type LabTopology = Static<typeof labSchema>;
