// SPDX-License-Identifier: Apache-2.0
/** What networks and domains say about routing, on a host and in a lab. */
import { choiceOrInteger, list, optional, section, text } from "./key.ts";

const route = section(
  {
    prefix: text("prefix", { description: "Destination" }),
    via: text("ip", { description: "Address in one of the domain's subnets that leads there" }),
  },
  { description: "A static route" },
);

/** Of a domain. */
export const routes = list(route, { description: "Static routes, which are also announced to the other hosts", default: [] });

/** Of a domain. */
export const redistribute = list(
  choiceOrInteger(["connected", "static", "kernel"], 1, 255, {
    description: "`connected`, `static` (proto static), `kernel` (`ip route add` without a protocol), or the number of a protocol",
  }),
  {
    description:
      "Routes that somebody else put into the domain's namespace and that are announced to the other hosts; subnets with a gateway always are",
    default: [],
  },
);

const subnet = section(
  {
    cidr: text("prefix", { description: "The subnet" }),
    gateway: optional(
      text("ip", {
        description: "Gateway address, the same on every host; in a domain each host has it on its bridge and routes",
        defaultText: "none",
      }),
    ),
  },
  { description: "A subnet of a network" },
);

/** Of a network. */
export const subnets = list(subnet, { description: "Subnets of the network", default: [] });
