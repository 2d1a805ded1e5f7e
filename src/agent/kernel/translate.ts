// SPDX-License-Identifier: Apache-2.0
import { isMulticastMac, zeroMac } from "../../base/net/mac.ts";
import type { BridgePortOptions } from "../../netlink/route/bridge-port.ts";
import type { FdbEntry } from "../../netlink/route/fdb.ts";
import { IFF_RUNNING, type Link } from "../../netlink/route/link.ts";
import type { Neighbour } from "../../netlink/route/neighbour.ts";
import {
  NTF_EXT_LEARNED,
  NTF_PROXY,
  NTF_SELF,
  NUD_FAILED,
  NUD_NOARP,
  NUD_PERMANENT,
  NUD_STALE,
  NUD_VALID,
} from "../../netlink/route/neighbour-flags.ts";
import type { NetlinkEvent } from "../../netlink/route/request.ts";
import { RT_TABLE_MAIN, type Route } from "../../netlink/route/route.ts";
import { routeName } from "../desired/object.ts";
import { ownProtocol } from "../ownership.ts";
import type { ActualLink, ActualNeighbour, KernelEvent, VxlanEntry } from "./actual.ts";
import { bridgeEntry, dynamicNeighbour, ownVxlanEntry, routeValue } from "./own-entries.ts";

/** From netlink's words to the agent's. Undefined for what the agent has no interest in. */
export function translate(event: NetlinkEvent): KernelEvent | undefined {
  switch (event.object) {
    case "link":
      // A device that moved to another namespace is gone from this one.
      return event.change === "delete"
        ? { kind: "link-gone", index: event.value.ifindex }
        : { kind: "link", link: actualLink(event.value) };
    case "bridge-port":
      return { kind: "port", index: event.value.ifindex, port: event.change === "new" ? actualPort(event.value.options) : undefined };
    case "fdb":
      return fdbEvent(event.value, event.change === "new");
    case "neighbour":
      if ((event.value.flags & NTF_PROXY) !== 0) return undefined;
      return {
        kind: "neighbour",
        index: event.value.ifindex,
        ip: event.value.ip,
        neighbour: event.change === "new" ? actualNeighbour(event.value) : undefined,
      };
    case "address": {
      const { ifindex: index, ip, prefixLength: length, protocol } = event.value;
      return { kind: "address", index, address: { ip, length, own: protocol === ownProtocol }, present: event.change === "new" };
    }
    case "route":
      return routeEvent(event.value, event.change === "new");
    default:
      return undefined;
  }
}

/** What may lead somewhere, or lead nowhere on purpose. */
const routed: ReadonlySet<Route["type"]> = new Set(["unicast", "blackhole", "unreachable", "prohibit"]);

function routeEvent(r: Route, present: boolean): KernelEvent | undefined {
  const { ip } = r.destination;
  // Every IPv6 device has routes for link-local and group addresses.
  if (r.table !== RT_TABLE_MAIN || !routed.has(r.type) || ip.startsWith("fe80:") || ip.startsWith("ff")) return undefined;
  const hops = r.hops.map(({ gateway, ifindex }) => ({ via: gateway, dev: ifindex }));
  return {
    kind: "route",
    name: routeName(r.destination, r.priority ?? 0),
    route: present ? routeValue(r.type, r.protocol, hops) : undefined,
    own: r.protocol === ownProtocol,
  };
}

export function actualLink(link: Link): ActualLink {
  const { kind, port } = link;
  return {
    index: link.ifindex,
    name: link.name,
    type: kind === undefined ? "" : kind.kind === "generic" ? kind.name : kind.kind,
    up: link.up,
    running: link.up && (link.flags & IFF_RUNNING) !== 0,
    mtu: link.mtu,
    address: link.address,
    master: link.master ?? 0,
    alias: link.alias === "" ? undefined : link.alias,
    addressless: link.addressGenerationMode === "none",
    vxlan:
      kind?.kind === "vxlan"
        ? {
            vni: kind.id ?? 0,
            local: kind.local,
            port: kind.port ?? 0,
            learning: kind.learning ?? false,
            external: kind.collectMetadata === true,
          }
        : undefined,
    bridge:
      kind?.kind === "bridge" ? { vlanFiltering: kind.vlanFiltering === true, mcastSnooping: kind.multicastSnooping === true } : undefined,
    peer: kind?.kind === "veth" ? (link.linkIfindex ?? 0) : 0,
    group: link.group ?? 0,
    port: port && actualPort(port),
  };
}

function actualPort(options: BridgePortOptions): ActualLink["port"] {
  const { flood, multicastFlood, broadcastFlood, isolated } = options;
  const open = flood !== false && multicastFlood !== false && broadcastFlood !== false && isolated !== true;
  return { neighSuppress: options.neighSuppress === true, learning: options.learning !== false, open };
}

function fdbEvent(e: FdbEntry, present: boolean): KernelEvent | undefined {
  const extern = (e.flags & NTF_EXT_LEARNED) !== 0;
  if ((e.flags & NTF_SELF) !== 0) {
    // Only VXLAN devices have entries with a destination; the others list their multicast filters here.
    if (e.dst === undefined) return undefined;
    if (e.mac === zeroMac)
      return { kind: "flood", index: e.ifindex, vtep: e.dst, entry: present ? { vni: e.vni, own: extern } : undefined };
    const fixed = (e.state & (NUD_PERMANENT | NUD_NOARP)) !== 0;
    const entry: VxlanEntry = extern ? ownVxlanEntry(e.dst, e.vni) : { vtep: e.dst, vni: e.vni, kind: fixed ? "foreign" : "learned" };
    return { kind: "vxlan-entry", index: e.ifindex, mac: e.mac, entry: present ? entry : undefined };
  }
  // Entries with a VLAN belong to VLAN-aware bridges, which are refused; the others have the port's own address once more per VLAN.
  if (e.master === undefined || e.vlan !== undefined || isMulticastMac(e.mac)) return undefined;
  const kind = (e.state & NUD_PERMANENT) !== 0 ? "local" : (e.state & NUD_NOARP) !== 0 ? "static" : "learned";
  return { kind: "bridge-entry", bridge: e.master, mac: e.mac, entry: present ? bridgeEntry(e.ifindex, kind, extern) : undefined };
}

/** Undefined while it cannot be used: being resolved, or failed. */
function actualNeighbour(n: Neighbour): ActualNeighbour | undefined {
  const marked = (n.flags & NTF_EXT_LEARNED) !== 0 && n.protocol === ownProtocol;
  if (marked && (n.state & NUD_FAILED) !== 0) return { mac: zeroMac, origin: "failed" };
  if (n.mac === undefined || (n.state & NUD_VALID) === 0) return undefined;
  const fixed = (n.state & (NUD_PERMANENT | NUD_NOARP)) !== 0;
  if (marked && fixed) return { mac: n.mac, origin: "own" };
  if (!marked && (n.flags & NTF_EXT_LEARNED) !== 0) return { mac: n.mac, origin: "daemon" };
  if (fixed) return { mac: n.mac, origin: "static" };
  return dynamicNeighbour(n.mac, { stale: (n.state & NUD_STALE) !== 0, kept: marked });
}
