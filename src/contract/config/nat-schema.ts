// SPDX-License-Identifier: Apache-2.0
import type { Static } from "typebox";
import { choice, integer, integerOr, list, optional, section, text } from "./key.ts";

const portRange = (description: string) =>
  section(
    {
      first: integer(1, 65_535, { description: "Lowest port", default: 1024 }),
      last: integer(1, 65_535, { description: "Highest port", default: 65_535 }),
    },
    { description },
  );

/** Of a public side. */
export const publicPorts = optional({ ...portRange("Ports that outbound connections get"), defaultText: "1024 to 65535" });

const announce = {
  description:
    "How the public side learns of a floating IP: `arp`: this host answers ARP and neighbour discovery for it; `bgp`: it is announced to peers that have `ipv4-unicast` or `ipv6-unicast` among their families",
  single: true,
} as const;

/** The public side of a host. */
export const publicSchema = section(
  {
    interface: text("interface", { description: "Interface towards the public network; it is the administrator's, and may appear later" }),
    address: optional(
      text("ipv4", { description: "Address that outbound connections get", defaultText: "the first IPv4 address of the interface" }),
    ),
    ports: publicPorts,
    announce: list(choice(["arp", "bgp"], { description: "`arp` or `bgp`" }), { ...announce, default: ["arp"] }),
    nextHop: optional(
      text("ip", {
        description: "Next hop of what is announced by BGP, for its own family",
        defaultText: "the address of the interface of the same family",
      }),
    ),
  },
  { description: "The public side of this host: for floating IPs, outbound NAT and announced subnets" },
);

/** `nat` of a domain. */
export const natSchema = section(
  {
    connections: optional(
      integer(1, 10_000_000, { description: "Most connections of the domain at once on this host", defaultText: "no limit" }),
    ),
    ports: optional({
      ...portRange("Ports of the public address for this domain alone; may not overlap those of another"),
      defaultText: "`public.ports`, shared",
    }),
    source: choice(["link", "workload"], {
      description:
        "What the host and its logs see as the source of connections: `link`: the address of the domain's link, which the domain itself translates to; `workload`: that of the workload",
      default: "link",
    }),
    log: optional(
      integerOr("kernel", 0, 65_535, {
        description: "Log the first packet of each connection: to the kernel's log, or to an NFLOG group by its number",
        defaultText: "nothing is logged",
      }),
    ),
  },
  { description: "Outbound NAT at each host, with the host's public address" },
);

/** `external` of a domain. */
export const externalSchema = section(
  {
    subnets: list(text("prefix", { description: "A public subnet of the domain" }), {
      description: "Subnets that are known outside by their own addresses: announced by BGP, never translated",
      default: [],
    }),
  },
  { description: "Present: the domain has a default route to the public side of each host, and these subnets no NAT" },
);

export const floatingIpSchema = section(
  {
    address: text("address-or-prefix", { description: "Public address; a prefix exchanges whole subnets, address by address" }),
    port: optional(text("name", { description: "Port that it leads to: its first address of the same family" })),
    ip: optional(text("address-or-prefix", { description: "Address in `domain` that it leads to, or a prefix as long as `address`" })),
    domain: optional(text("name", { description: "Domain of `ip`" })),
    announce: optional(list(choice(["arp", "bgp"], { description: "`arp` or `bgp`" }), { ...announce, defaultText: "`public.announce`" })),
  },
  { description: "One public address for one workload, at the host where the workload is" },
);

export type FloatingIpSection = Static<typeof floatingIpSchema>;
