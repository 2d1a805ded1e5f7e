// SPDX-License-Identifier: Apache-2.0
import { type Ip, isIp4 } from "../../base/net/ip.ts";
import { namespacePath } from "../../base/sys/namespace.ts";
import { address, IFA_F_NODAD } from "../../netlink/route/address.ts";
import { bridgePort } from "../../netlink/route/bridge-port.ts";
import { FDB_DYNAMIC, fdb } from "../../netlink/route/fdb.ts";
import { link } from "../../netlink/route/link.ts";
import { neighbour } from "../../netlink/route/neighbour.ts";
import { NTF_EXT_LEARNED, NTF_MASTER, NTF_SELF, NUD_NOARP, NUD_PROBE, NUD_STALE } from "../../netlink/route/neighbour-flags.ts";
import type { NetlinkRequest } from "../../netlink/route/request.ts";
import { route, RTNH_F_ONLINK } from "../../netlink/route/route.ts";
import { connectedRoute, kernelProtocol } from "../desired/connected-route.ts";
import { type DevicePlace, hostNamespace, type NamespaceName, routeName, type WantedDevice } from "../desired/object.ts";
import { ownAlias, ownProtocol, unmarkedGroup } from "../ownership.ts";
import type { DeviceChange, EntryPair, Op } from "../reconcile/op.ts";
import type { KernelEvent } from "./actual.ts";
import type { Mirror } from "./mirror.ts";
import { dynamicNeighbour, ownBridgeEntry, ownVxlanEntry, routeValue } from "./own-entries.ts";

/** A request, and what the mirror may believe once the kernel did it. */
export interface Step {
  readonly request: NetlinkRequest;
  readonly effects: readonly KernelEvent[];
}

export function pathOf(ns: NamespaceName): string | undefined {
  return ns === hostNamespace ? undefined : namespacePath(ns);
}

/** The namespace that the process was started in: the main thread never leaves it for longer than a call. */
export const hostNamespacePath = "/proc/self/ns/net";

const pairFlags: Readonly<Record<EntryPair, number>> = {
  self: NTF_SELF,
  master: NTF_MASTER,
  // The kernel takes both from one message: half of the requests for a table of 100,000 entries.
  both: NTF_SELF | NTF_MASTER,
};

/** The requests for an op on a forwarding entry; none when its device is not there. */
export function entrySteps(op: Op, mirror: Mirror): readonly Step[] {
  if (op.kind === "delete-remote-mac" && op.entries === "both") {
    // Not with one request: when the bridge has learned the MAC elsewhere meanwhile, the kernel stops at its ENOENT and leaves the other entry.
    return (["self", "master"] as const).flatMap((entries) => entrySteps({ ...op, entries }, mirror));
  }
  const step = entryStep(op, mirror);
  return step ? [step] : [];
}

function entryStep(op: Op, mirror: Mirror): Step | undefined {
  const indexOf = (name: string): number => mirror.link(op.ns, name)?.index ?? 0;
  switch (op.kind) {
    case "put-remote-mac":
      return putRemoteMac(op, indexOf(op.dev), op.bridge === undefined ? 0 : indexOf(op.bridge));
    case "delete-remote-mac":
      return deleteRemoteMac(op, indexOf(op.dev), mirror.link(op.ns, op.dev)?.master ?? 0);
    case "put-flood":
      return putFlood(op, indexOf(op.dev));
    case "delete-flood":
      return deleteFlood(op, indexOf(op.dev));
    case "put-neighbour":
    case "release-neighbour":
    case "unmark-neighbour":
      return putNeighbour(op, indexOf(op.dev));
    case "delete-neighbour": {
      const index = indexOf(op.dev);
      if (index === 0) return undefined;
      return { request: neighbour.delete(index, op.ip), effects: [{ kind: "neighbour", index, ip: op.ip, neighbour: undefined }] };
    }
    case "put-address":
    case "delete-address":
      return changeAddress(op, indexOf(op.dev));
    case "put-proxy":
    case "delete-proxy": {
      const ifindex = indexOf(op.dev);
      if (ifindex === 0) return undefined;
      return {
        request: op.kind === "put-proxy" ? neighbour.proxy(ifindex, op.ip, ownProtocol) : neighbour.deleteProxy(ifindex, op.ip),
        effects: [],
      };
    }
    case "put-connected":
      return putConnected(op, indexOf(op.dev));
    case "put-route":
      return putRoute(op, indexOf);
    case "delete-route": {
      const { prefix: destination, metric: priority } = op;
      return {
        request: route.delete({ destination, priority, protocol: ownProtocol }),
        effects: [{ kind: "route", name: routeName(destination, priority), route: undefined }],
      };
    }
    case "forget-local-mac": {
      const bridge = indexOf(op.bridge);
      const entry = mirror.bridgeEntry(op.ns, op.bridge, op.mac);
      if (!entry) return undefined;
      return {
        request: fdb.delete({ ifindex: entry.port, mac: op.mac, flags: NTF_MASTER }),
        effects: [{ kind: "bridge-entry", bridge, mac: op.mac, entry: undefined }],
      };
    }
    default:
      return undefined;
  }
}

type OpOf<K extends Op["kind"]> = Op & { readonly kind: K };

/**
 * `bridge fdb replace MAC dev DEV dst VTEP self master extern_learn`. Reachable, not permanent: a permanent entry in a bridge's
 * table means "an address of the port itself". NTF_EXT_LEARNED keeps it from ageing in both tables.
 */
function putRemoteMac(op: OpOf<"put-remote-mac">, index: number, bridge: number): Step | undefined {
  if (index === 0 || (bridge === 0 && op.bridge !== undefined)) return undefined;
  const { mac, vtep, vni } = op;
  const effects: KernelEvent[] = [];
  if (op.entries !== "master") effects.push({ kind: "vxlan-entry", index, mac, entry: ownVxlanEntry(vtep, vni) });
  if (op.entries !== "self") effects.push({ kind: "bridge-entry", bridge, mac, entry: ownBridgeEntry(index) });
  const flags = pairFlags[op.entries] | NTF_EXT_LEARNED;
  const destination = op.entries === "master" ? {} : vni === undefined ? { dst: vtep } : { dst: vtep, vni };
  return { request: fdb.replace({ ifindex: index, mac, state: FDB_DYNAMIC, flags, ...destination }), effects };
}

function deleteRemoteMac(op: OpOf<"delete-remote-mac">, index: number, bridge: number): Step | undefined {
  if (index === 0) return undefined;
  const { mac } = op;
  const effects: KernelEvent[] = [];
  if (op.entries !== "master") effects.push({ kind: "vxlan-entry", index, mac, entry: undefined });
  if (op.entries !== "self") effects.push({ kind: "bridge-entry", bridge, mac, entry: undefined });
  return { request: fdb.delete({ ifindex: index, mac, flags: pairFlags[op.entries] }), effects };
}

function putFlood(op: OpOf<"put-flood">, index: number): Step | undefined {
  if (index === 0) return undefined;
  const { vtep, vni } = op;
  const more = { flags: NTF_SELF | NTF_EXT_LEARNED, ...(vni === undefined ? {} : { vni }) };
  return { request: fdb.appendFlood(index, vtep, more), effects: [{ kind: "flood", index, vtep, entry: { vni, own: true } }] };
}

function deleteFlood(op: OpOf<"delete-flood">, index: number): Step | undefined {
  if (index === 0) return undefined;
  return { request: fdb.deleteFlood(index, op.vtep), effects: [{ kind: "flood", index, vtep: op.vtep, entry: undefined }] };
}

function putNeighbour(op: OpOf<"put-neighbour" | "release-neighbour" | "unmark-neighbour">, index: number): Step | undefined {
  if (index === 0) return undefined;
  const { ip, mac } = op;
  if (op.kind === "release-neighbour") {
    // IPv4: the kernel asks three times by unicast; an answer makes it reachable, silence takes it away (RFC 9135 §7.1 wants such a
    // probe). IPv6 has no source to ask from on a bridge without a link-local address: we ask (discovery/address-check.ts).
    const stale = !isIp4(ip);
    const state = stale ? NUD_STALE : NUD_PROBE;
    return {
      request: neighbour.replace({ ifindex: index, ip, mac, state, flags: NTF_EXT_LEARNED, protocol: ownProtocol }),
      effects: [{ kind: "neighbour", index, ip, neighbour: dynamicNeighbour(mac, { stale, kept: true }) }],
    };
  }
  if (op.kind === "unmark-neighbour") {
    return {
      request: neighbour.replace({ ifindex: index, ip, mac, state: NUD_STALE, flags: 0, protocol: 0 }),
      effects: [{ kind: "neighbour", index, ip, neighbour: dynamicNeighbour(mac, { stale: true, kept: false }) }],
    };
  }
  return {
    request: neighbour.replace({ ifindex: index, ip, mac, state: NUD_NOARP, flags: NTF_EXT_LEARNED, protocol: ownProtocol }),
    effects: [{ kind: "neighbour", index, ip, neighbour: { mac, origin: "own" } }],
  };
}

/** No duplicate address detection: every host has the gateway's. */
function changeAddress(op: OpOf<"put-address" | "delete-address">, ifindex: number): Step | undefined {
  if (ifindex === 0) return undefined;
  const { ip, length: prefixLength } = op;
  const present = op.kind === "put-address";
  const spec = { ifindex, ip, prefixLength, protocol: ownProtocol, ...(isIp4(ip) ? {} : { flags: IFA_F_NODAD }) };
  return {
    request: present ? address.replace(spec) : address.delete({ ifindex, ip, prefixLength }),
    effects: [{ kind: "address", index: ifindex, address: { ip, length: prefixLength, own: true }, present }],
  };
}

function putConnected({ ip, length }: OpOf<"put-connected">, ifindex: number): Step | undefined {
  const made = connectedRoute(ip, length);
  if (ifindex === 0 || !made) return undefined;
  const { prefix: destination, metric } = made;
  const own = isIp4(ip) ? { preferredSource: ip } : { priority: metric };
  return {
    request: route.add({ destination, protocol: kernelProtocol, hops: [{ ifindex }], ...own }),
    effects: [
      {
        kind: "route",
        name: routeName(destination, metric),
        route: routeValue("unicast", kernelProtocol, [{ via: undefined, dev: ifindex }]),
      },
    ],
  };
}

function putRoute({ prefix: destination, metric: priority, hops }: OpOf<"put-route">, indexOf: (dev: string) => number): Step | undefined {
  const ways: { gateway: Ip; ifindex?: number; flags: number }[] = [];
  for (const { via: gateway, dev } of hops) {
    if (dev === undefined) {
      ways.push({ gateway, flags: 0 });
      continue;
    }
    const ifindex = indexOf(dev);
    if (ifindex === 0) return undefined;
    ways.push({ gateway, ifindex, flags: RTNH_F_ONLINK });
  }
  const resolved = ways.every((w) => w.ifindex !== undefined);
  const actual = routeValue(
    "unicast",
    ownProtocol,
    ways.map((w) => ({ via: w.gateway, dev: w.ifindex })),
  );
  return {
    request: route.replace({ destination, priority, protocol: ownProtocol, hops: ways }),
    // Where the kernel chooses the device, its event tells which.
    effects: resolved ? [{ kind: "route", name: routeName(destination, priority), route: actual }] : [],
  };
}

/** The request for an op on a device; undefined when a device that it needs is not there. Its effects are read back, not assumed. */
export function linkRequest(op: Op, mirror: Mirror): NetlinkRequest | undefined {
  const target = "name" in op ? mirror.link(op.ns, op.name)?.index : undefined;
  switch (op.kind) {
    case "create-link":
      return createLink(op);
    case "delete-link":
      return target === undefined ? undefined : link.delete(target);
    case "mark-link":
      return target === undefined ? undefined : link.set(target, markOf(op.alias));
    case "move-link":
      return target === undefined ? undefined : link.set(target, { namespace: pathOf(op.to) ?? hostNamespacePath });
    case "set-master": {
      const master = op.master === undefined ? 0 : mirror.link(op.ns, op.master)?.index;
      return target === undefined || master === undefined ? undefined : link.set(target, { master });
    }
    case "set-mtu":
      return target === undefined ? undefined : link.set(target, { mtu: op.mtu });
    case "set-port-flags":
      return target === undefined ? undefined : bridgePort.set(target, portFlags);
    case "set-device":
      return target === undefined ? undefined : link.set(target, changed(op.change));
    case "set-up":
      return target === undefined ? undefined : link.set(target, { up: true });
    default:
      return undefined;
  }
}

/** With the mark of a device of ours goes what stood for it while it was made. */
function markOf(alias: string) {
  if (alias === "") return { alias };
  return { alias, addressGenerationMode: "none", ...(alias === ownAlias ? { group: 0 } : {}) } as const;
}

const portFlags = {
  neighSuppress: true,
  learning: false,
  flood: true,
  multicastFlood: true,
  broadcastFlood: true,
  isolated: false,
} as const;

function changed(change: DeviceChange) {
  const { address, ...modes } = change;
  return { ...(address === undefined ? {} : { address }), kind: modes };
}

/**
 * Sent in the host namespace, whatever namespace the device is for: its UDP socket stays where the request was made. A bridge gets
 * its MTU right afterwards, and setting the one that it has already would not stop it from following its ports.
 */
function createLink(op: OpOf<"create-link">): NetlinkRequest {
  const path = pathOf(op.ns);
  return link.add({
    name: op.name,
    group: unmarkedGroup,
    ...(op.mtu === undefined ? {} : { mtu: op.device.kind === "bridge" ? op.mtu - 1 : op.mtu }),
    ...(op.device.address === undefined ? {} : { address: op.device.address }),
    ...(path === undefined ? {} : { namespace: path }),
    kind: deviceKind(op.device),
  });
}

function deviceKind(device: WantedDevice) {
  // IGMP snooping forgets group members behind VTEPs unless somebody queries: off until it is a feature.
  if (device.kind === "bridge") return { kind: "bridge", multicastSnooping: false } as const;
  if (device.kind === "veth") return { kind: "veth", peer: endOf(device.peer) } as const;
  if (device.kind === "veth-peer") return { kind: "veth" } as const;
  const { vni, local, port } = device;
  // The driver caches one underlay route per VTEP, which puts all flows on one of several uplinks; not with a fixed nonzero TOS.
  return { kind: "vxlan", id: vni, local, port, learning: false, ttl: 64, tos: 4 } as const;
}

/** Without a namespace it is made in that of the request: the host's. */
function endOf({ ns, name }: DevicePlace) {
  const namespace = pathOf(ns);
  return { name, ...(namespace === undefined ? {} : { namespace }) };
}

export const namespaceMark = link.set("lo", { alias: ownAlias, up: true });
