// SPDX-License-Identifier: Apache-2.0
import type { Message } from "../wire/message.ts";
import { RTM_DELADDR, RTM_NEWADDR, decodeAddress } from "./address.ts";
import { decodeBridgePort } from "./bridge-port.ts";
import { AF_BRIDGE, AF_INET, AF_INET6, AF_UNSPEC } from "./family.ts";
import { decodeFdbEntry } from "./fdb.ts";
import { RTM_DELLINK, RTM_NEWLINK } from "./link.ts";
import { decodeLink } from "./link-codec.ts";
import { decodeNeighbour } from "./neighbour.ts";
import { RTM_DELNEIGH, RTM_NEWNEIGH } from "./neighbour-message.ts";
import { RTM_DELNEXTHOP, RTM_NEWNEXTHOP, decodeNexthop } from "./nexthop.ts";
import type { NetlinkEvent } from "./request.ts";
import { RTM_DELROUTE, RTM_NEWROUTE } from "./route.ts";
import { decodeRoute } from "./route-codec.ts";
import { RTM_DELRULE, RTM_NEWRULE, decodeRule } from "./rule.ts";

/**
 * Reads a message of a dump or of a multicast group.
 * @returns undefined for messages and families that this library has no values for
 * @throws NetlinkDecodeError
 */
export function decodeEvent(m: Message): NetlinkEvent | undefined {
  const family = m.start < m.end ? m.bytes[m.start]! : AF_UNSPEC;
  switch (m.type) {
    case RTM_NEWLINK:
    case RTM_DELLINK: {
      const change = m.type === RTM_NEWLINK ? "new" : "delete";
      // AF_BRIDGE tells about the port: RTM_DELLINK means that it left the bridge, not that the device went away.
      if (family === AF_BRIDGE) return eventOf("bridge-port", change, decodeBridgePort(m));
      return family === AF_UNSPEC ? eventOf("link", change, decodeLink(m)) : undefined;
    }
    case RTM_NEWNEIGH:
    case RTM_DELNEIGH: {
      const change = m.type === RTM_NEWNEIGH ? "new" : "delete";
      if (family === AF_BRIDGE) return eventOf("fdb", change, decodeFdbEntry(m));
      return family === AF_INET || family === AF_INET6 ? eventOf("neighbour", change, decodeNeighbour(m)) : undefined;
    }
    case RTM_NEWADDR:
    case RTM_DELADDR:
      return eventOf("address", m.type === RTM_NEWADDR ? "new" : "delete", decodeAddress(m));
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
      return eventOf("route", m.type === RTM_NEWROUTE ? "new" : "delete", decodeRoute(m));
    case RTM_NEWRULE:
    case RTM_DELRULE:
      return eventOf("rule", m.type === RTM_NEWRULE ? "new" : "delete", decodeRule(m));
    case RTM_NEWNEXTHOP:
    case RTM_DELNEXTHOP:
      return eventOf("nexthop", m.type === RTM_NEWNEXTHOP ? "new" : "delete", decodeNexthop(m));
    default:
      return undefined;
  }
}

function eventOf<K extends NetlinkEvent["object"]>(
  object: K,
  change: "new" | "delete",
  value: Extract<NetlinkEvent, { object: K }>["value"] | undefined,
): NetlinkEvent | undefined {
  return value === undefined ? undefined : ({ object, change, value } as NetlinkEvent);
}
