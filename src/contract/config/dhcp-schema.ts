// SPDX-License-Identifier: Apache-2.0
import { choice, flag, integer, list, optional, section, text } from "./key.ts";

const route = section(
  {
    prefix: text("prefix", { description: "IPv4 destination" }),
    via: text("ip", { description: "Address in the same subnet that leads there" }),
  },
  { description: "A route that workloads are told" },
);

/** `networks[].dhcp` */
export const dhcpSchema = section(
  {
    enabled: flag({ description: "Serve the network", default: true }),
    ipv4: flag({ description: "Give declared ports their IPv4 addresses (DHCPv4)", default: true }),
    ipv6: choice(["stateful", "stateless", "slaac", "off"], {
      description:
        "What router advertisements say. `stateful`: addresses by DHCPv6 (M and O flags); `stateless`: addresses made from the prefix, the rest by DHCPv6 (O flag); `slaac`: all from the advertisement; `off`: no advertisements",
      default: "stateful",
    }),
    router: flag({ description: "Name the gateway as default router, by DHCPv4 and by router advertisements", default: true }),
    routes: list(route, { description: "Classless static routes (RFC 3442) beside the default route", default: [] }),
    dns: optional(
      list(text("ip", { description: "Address of a resolver" }), {
        description: "Resolvers that workloads are told; an empty list: none",
        defaultText: "the gateway, which answers for the names of the domain",
      }),
    ),
    lease: integer(120, 31_536_000, { description: "How long an address is given for", unit: "seconds", default: 3600 }),
    raInterval: integer(4, 1800, {
      description: "Longest time between router advertisements that nobody asked for",
      unit: "seconds",
      default: 60,
    }),
  },
  {
    description:
      "DHCP, router advertisements and DNS for the workloads of this host, from the gateway of the network; needs a domain and a subnet with a gateway",
    shorthand: "enabled",
  },
);

const record = section(
  {
    name: text("dns-name", { description: "Name within the zone, or one that ends with a dot" }),
    ips: list(text("ip", { description: "Address" }), { description: "Addresses of the name" }),
  },
  { description: "A name" },
);

/** `domains[].dns` */
export const dnsSchema = section(
  {
    zone: optional(
      text("dns-name", {
        description: "Zone of the names of ports, `PORT.NETWORK.ZONE` and `PORT.ZONE`",
        defaultText: "`DOMAIN.internal`",
      }),
    ),
    upstream: list(text("ip", { description: "Address of a resolver" }), {
      description: "Resolvers for all other names, asked from within the domain. None: other names are refused",
      default: [],
    }),
    records: list(record, { description: "More names, such as those of ports on other hosts", default: [] }),
  },
  { description: "DNS at the gateways of networks with `dhcp`", default: {} },
);
