// SPDX-License-Identifier: Apache-2.0
import type { Mac } from "../../base/net/mac.ts";
import type { BridgePortOptions, BridgePortRequest } from "../route/bridge-port.ts";
import type { FdbEntry } from "../route/fdb.ts";
import { IFF_LOWER_UP, IFF_RUNNING, IFF_UP, type Link, type LinkRequest, type LinkSettings, type LinkTarget } from "../route/link.ts";
import type { BridgeKind } from "../route/link-kind/bridge.ts";
import type { LinkKind } from "../route/link-kind/link-kind.ts";
import type { VxlanKind } from "../route/link-kind/vxlan.ts";
import type { Neighbour } from "../route/neighbour.ts";
import { NTF_EXT_LEARNED, NTF_MASTER, NUD_NOARP, NUD_PERMANENT } from "../route/neighbour-flags.ts";
import { connectedRoutes } from "./fake-address.ts";
import type { FakeHost } from "./fake-host.ts";
import { type FakeNamespace, type Refusal, bridgePortOf } from "./fake-namespace.ts";

const bridgeDefaults: BridgeKind = {
  kind: "bridge",
  forwardDelay: 1500,
  helloTime: 200,
  maxAge: 2000,
  ageingTime: 30000,
  stpState: 0,
  priority: 32768,
  vlanFiltering: false,
  groupForwardMask: 0,
  multicastSnooping: true,
  nfCallIptables: false,
  nfCallIp6tables: false,
  nfCallArptables: false,
};
const vxlanDefaults: VxlanKind = {
  kind: "vxlan",
  learning: true,
  ageing: 300,
  limit: 0,
  port: 8472,
  ttl: 0,
  tos: 0,
  df: 0,
  collectMetadata: false,
};
const portDefaults: BridgePortOptions = {
  state: 3,
  priority: 32,
  cost: 2,
  hairpin: false,
  learning: true,
  flood: true,
  multicastFlood: true,
  broadcastFlood: true,
  neighSuppress: false,
  isolated: false,
  locked: false,
};

/** `ip link`: makes, changes, moves and removes interfaces with all that hangs on them. */
export function applyLink(host: FakeHost, ns: FakeNamespace, r: LinkRequest): Refusal | undefined {
  if (r.verb === "add") return addLink(host, ns, r.settings);
  const l = findLink(ns, r.target);
  if (!l) return ["ENODEV"];
  if (r.verb === "set") return setLink(host, ns, l, r.settings);
  if (l.kind === undefined) return ["EOPNOTSUPP"];
  removeLink(host, ns, l);
  return undefined;
}

function findLink(ns: FakeNamespace, target: LinkTarget): Link | undefined {
  return typeof target === "number" ? ns.links.get(target) : ns.linkByName(target);
}

function withDefaults(kind: LinkKind): LinkKind {
  if (kind.kind === "bridge") return { ...bridgeDefaults, ...kind };
  if (kind.kind === "vxlan") return { ...vxlanDefaults, ...kind };
  return kind.kind === "veth" ? { kind: "veth" } : kind;
}

function addLink(
  host: FakeHost,
  own: FakeNamespace,
  s: LinkSettings & { readonly name: string; readonly kind: LinkKind },
): Refusal | undefined {
  const ns = s.namespace === undefined ? own : host.namespaceAt(s.namespace);
  if (!ns) return ["ENOENT"];
  if (ns.linkByName(s.name)) return ["EEXIST"];
  if (s.kind.kind === "vxlan") {
    const refusal = checkVxlan(ns, s.kind);
    if (refusal) return refusal;
  }
  const master = s.master === undefined || s.master === 0 ? undefined : ns.links.get(s.master);
  if (s.master !== undefined && s.master !== 0 && master?.kind?.kind !== "bridge") return ["EINVAL"];
  let peer: Link | undefined;
  if (s.kind.kind === "veth") {
    const at = s.kind.peer?.namespace === undefined ? ns : host.namespaceAt(s.kind.peer.namespace);
    if (!at) return ["ENOENT"];
    const name = s.kind.peer?.name ?? freeName(at, "veth");
    if (at.linkByName(name) || (at === ns && name === s.name)) return ["EEXIST"];
    peer = makeLink(host, at, { ...s.kind.peer, name, kind: { kind: "veth" } });
    at.links.set(peer.ifindex, peer);
  }
  const l = makeLink(host, ns, s);
  ns.putLink(l);
  if (s.kind.kind === "bridge") ns.putFdb(localEntry(l, l.ifindex));
  if (peer) host.join(ns, l.ifindex, peer);
  if (master) enslave(ns, l, master);
  if (s.up === true) setUp(host, ns, l.ifindex, true);
  return undefined;
}

function checkVxlan(ns: FakeNamespace, kind: VxlanKind): Refusal | undefined {
  if (kind.id === undefined && kind.collectMetadata !== true) return ["EINVAL", "Attribute required"];
  const port = kind.port ?? vxlanDefaults.port;
  for (const l of ns.links.values()) {
    if (l.kind?.kind !== "vxlan" || l.kind.id !== kind.id || l.kind.port !== port) continue;
    return ["EEXIST", "A VXLAN device with the specified VNI already exists"];
  }
  return undefined;
}

function freeName(ns: FakeNamespace, stem: string): string {
  let n = 0;
  while (ns.linkByName(`${stem}${n}`)) n++;
  return `${stem}${n}`;
}

function makeLink(host: FakeHost, ns: FakeNamespace, s: LinkSettings & { readonly name: string; readonly kind: LinkKind }): Link {
  return {
    ifindex: ns.nextIfindex++,
    name: s.name,
    hardwareType: 1,
    flags: 0x1002,
    up: false,
    mtu: s.mtu ?? 1500,
    address: s.address ?? host.randomMac(),
    operstate: "down",
    carrier: s.kind.kind !== "bridge" && s.kind.kind !== "veth",
    addressGenerationMode: "eui64",
    txQueueLength: s.txQueueLength ?? 1000,
    group: s.group ?? 0,
    kind: withDefaults(s.kind),
    ...(s.linkIfindex === undefined ? {} : { linkIfindex: s.linkIfindex }),
  };
}

function setLink(host: FakeHost, ns: FakeNamespace, l: Link, s: LinkSettings): Refusal | undefined {
  const refusal = checkSettings(host, ns, l, s);
  if (refusal) return refusal;
  const { alias: _, ...bare } = l;
  const changed: Link = {
    ...(s.alias === "" ? bare : l),
    ...(s.name === undefined ? {} : { name: s.name }),
    ...(s.mtu === undefined ? {} : { mtu: s.mtu }),
    ...(s.address === undefined ? {} : { address: s.address }),
    ...(s.alias === undefined || s.alias === "" ? {} : { alias: s.alias }),
    ...(s.addressGenerationMode === undefined ? {} : { addressGenerationMode: s.addressGenerationMode }),
    ...(s.txQueueLength === undefined ? {} : { txQueueLength: s.txQueueLength }),
    ...(s.group === undefined ? {} : { group: s.group }),
    ...(s.kind === undefined || l.kind === undefined ? {} : { kind: withDefaults({ ...l.kind, ...s.kind }) }),
  };
  ns.putLink(changed);
  // Setting the one that it has is passed over by the kernel, and does not stop it from following its ports.
  if (s.mtu !== undefined && s.mtu !== l.mtu && l.kind?.kind === "bridge") ns.fixedMtu.add(l.ifindex);
  if (s.mtu !== undefined && l.master !== undefined) followPorts(ns, l.master);
  if (s.address !== undefined && changed.master !== undefined) renameLocalEntry(ns, l, changed.address!);
  if (s.master !== undefined && s.master !== (l.master ?? 0)) {
    release(ns, ns.links.get(l.ifindex)!);
    if (s.master !== 0) enslave(ns, ns.links.get(l.ifindex)!, ns.links.get(s.master)!);
  }
  if (s.up !== undefined && s.up !== l.up) setUp(host, ns, l.ifindex, s.up);
  if (s.namespace !== undefined) move(host, ns, ns.links.get(l.ifindex)!, host.namespaceAt(s.namespace)!);
  return undefined;
}

function checkSettings(host: FakeHost, ns: FakeNamespace, l: Link, s: LinkSettings): Refusal | undefined {
  if (s.name !== undefined && s.name !== l.name && ns.linkByName(s.name)) return ["EEXIST"];
  if (s.kind !== undefined && s.kind.kind !== l.kind?.kind) return ["EOPNOTSUPP"];
  if (s.master !== undefined && s.master !== 0) {
    const master = ns.links.get(s.master);
    if (!master) return ["EINVAL"];
    if (master.kind?.kind !== "bridge") return ["EOPNOTSUPP"];
    if (l.kind?.kind === "bridge") return ["ELOOP", "Can not enslave a bridge to a bridge"];
  }
  if (s.namespace !== undefined) {
    const target = host.namespaceAt(s.namespace);
    if (!target) return ["ENOENT"];
    if (l.kind === undefined || l.kind.kind === "bridge") return ["EINVAL", "The interface netns is immutable"];
    if (target !== ns && target.linkByName(s.name ?? l.name)) return ["EEXIST"];
  }
  return undefined;
}

/** A bridge knows the addresses of its ports, and its own, as its own. */
function localEntry(l: Link, master: number): FdbEntry {
  return { ifindex: l.ifindex, mac: l.address!, state: NUD_PERMANENT, flags: NTF_MASTER, master };
}

function enslave(ns: FakeNamespace, l: Link, master: Link): void {
  const port: Link = { ...l, master: master.ifindex, port: portDefaults };
  ns.putLink(port);
  ns.notify({ object: "bridge-port", change: "new", value: bridgePortOf(port)! });
  ns.putFdb(localEntry(l, master.ifindex));
  followPorts(ns, master.ifindex);
}

/** Losing carrier takes the neighbours that are not permanent, `extern_learn` ones too (the real kernel does it up to a second later). */
function forgetNeighbours(ns: FakeNamespace, ifindex: number, matches: (n: Neighbour) => boolean): void {
  for (const [key, n] of ns.neighbours) {
    if (n.ifindex !== ifindex || !matches(n)) continue;
    ns.neighbours.delete(key);
    ns.notify({ object: "neighbour", change: "delete", value: n });
  }
}

/** A bridge has carrier while a port has, and the smallest MTU of its ports unless somebody set one. */
function followPorts(ns: FakeNamespace, bridge: number): void {
  const b = ns.links.get(bridge);
  if (!b) return;
  const ports = [...ns.links.values()].filter((l) => l.master === bridge);
  const carrier = b.up && ports.some((l) => l.up && l.carrier === true);
  const mtu = ns.fixedMtu.has(bridge) ? b.mtu : Math.min(...ports.map((l) => l.mtu), ports.length === 0 ? 1500 : Infinity);
  if (carrier !== b.carrier || mtu !== b.mtu) ns.putLink({ ...b, mtu, ...runState(b, b.up, carrier) });
  if (!carrier && b.carrier === true) forgetNeighbours(ns, bridge, (n) => (n.state & NUD_PERMANENT) === 0);
}

function release(ns: FakeNamespace, l: Link): void {
  const port = bridgePortOf(l);
  if (!port) return;
  for (const e of ns.fdb.values()) if (e.ifindex === l.ifindex && e.master !== undefined) ns.dropFdb(e);
  const { master: _m, port: _p, ...free } = l;
  ns.notify({ object: "bridge-port", change: "delete", value: port });
  ns.putLink(free);
  followPorts(ns, port.master);
}

function renameLocalEntry(ns: FakeNamespace, before: Link, mac: Mac): void {
  for (const e of ns.values("fdb")) {
    if (e.ifindex !== before.ifindex || e.master === undefined || e.mac !== before.address || (e.state & NUD_PERMANENT) === 0) continue;
    ns.dropFdb(e);
    ns.putFdb({ ...e, mac });
  }
}

/** Up or down, with what the kernel does then. */
function setUp(host: FakeHost, ns: FakeNamespace, ifindex: number, up: boolean): void {
  const l = ns.links.get(ifindex)!;
  if (l.up === up) return;
  const peer = host.peerOf(ns, ifindex);
  const peerLink = peer?.ns.links.get(peer.ifindex);
  const ports = [...ns.links.values()].filter((p) => p.master === ifindex);
  const carrier =
    l.kind?.kind === "bridge" ? up && ports.some((p) => p.up && p.carrier === true) : peerLink === undefined || (up && peerLink.up);
  ns.putLink({ ...l, ...runState(l, up, carrier) });
  if (l.master !== undefined) followPorts(ns, l.master);
  if (peer && peerLink?.up === true) {
    peer.ns.putLink({ ...peerLink, ...runState(peerLink, true, carrier) });
    if (!carrier) forgetNeighbours(peer.ns, peerLink.ifindex, (n) => (n.state & NUD_PERMANENT) === 0);
    if (peerLink.master !== undefined) followPorts(peer.ns, peerLink.master);
  }
  if (!up) quiet(ns, ifindex);
  else for (const a of ns.addresses.values()) if (a.ifindex === ifindex) for (const r of connectedRoutes(a)) ns.putRoute(r);
}

/** What going down takes away: learned entries, neighbours, IPv6 addresses and all routes but the local ones of IPv4. */
function quiet(ns: FakeNamespace, ifindex: number): void {
  for (const e of ns.fdb.values()) {
    const learned = e.master === undefined || (e.flags & NTF_EXT_LEARNED) === 0;
    if (e.ifindex === ifindex && learned && (e.state & (NUD_PERMANENT | NUD_NOARP)) === 0) ns.dropFdb(e);
  }
  forgetNeighbours(ns, ifindex, () => true);
  ns.forgetRoutes4(ifindex);
  for (const r of ns.routes.values()) if (r.type !== "local" && r.hops.some((h) => h.ifindex === ifindex)) ns.dropRoute(r);
  for (const [key, a] of ns.addresses) {
    if (a.ifindex !== ifindex || !a.ip.includes(":")) continue;
    ns.addresses.delete(key);
    ns.notify({ object: "address", change: "delete", value: a });
  }
}

function runState(l: Link, up: boolean, carrier: boolean): Pick<Link, "up" | "flags" | "carrier" | "operstate"> {
  const running = IFF_RUNNING | IFF_LOWER_UP;
  const flags = (l.flags & ~(IFF_UP | running)) | (up ? IFF_UP : 0) | (up && carrier ? running : 0);
  const live = l.kind?.kind === "vxlan" ? "unknown" : "up"; // a VXLAN device does not say
  return { up, flags, carrier, operstate: up && carrier ? live : "down" };
}

/** Takes a link and everything that refers to it out of the tables. */
function purge(host: FakeHost, ns: FakeNamespace, l: Link): void {
  for (const port of ns.links.values()) if (port.master === l.ifindex) release(ns, port);
  release(ns, l);
  if (l.up) setUp(host, ns, l.ifindex, false);
  for (const e of ns.fdb.values()) if (e.ifindex === l.ifindex || e.master === l.ifindex) ns.dropFdb(e);
  for (const [key, a] of ns.addresses) {
    if (a.ifindex !== l.ifindex) continue;
    ns.addresses.delete(key);
    for (const r of connectedRoutes(a)) ns.dropRoute(r);
    ns.notify({ object: "address", change: "delete", value: a });
  }
  forgetNeighbours(ns, l.ifindex, () => true);
}

function removeLink(host: FakeHost, ns: FakeNamespace, l: Link): void {
  purge(host, ns, l);
  ns.links.delete(l.ifindex);
  ns.notify({ object: "link", change: "delete", value: ns.links.get(l.ifindex) ?? l });
  const peer = host.peerOf(ns, l.ifindex);
  if (!peer) return;
  host.part(ns, l.ifindex);
  const other = peer.ns.links.get(peer.ifindex);
  if (other) removeLink(host, peer.ns, other);
}

function move(host: FakeHost, from: FakeNamespace, l: Link, to: FakeNamespace): void {
  if (from === to) return;
  purge(host, from, l);
  const gone = from.links.get(l.ifindex)!;
  from.links.delete(l.ifindex);
  from.notify({ object: "link", change: "delete", value: gone });
  // The index stays unless it is taken there.
  const ifindex = to.links.has(l.ifindex) ? to.nextIfindex : l.ifindex;
  to.nextIfindex = Math.max(to.nextIfindex, ifindex) + 1;
  const { alias: _, ...rest } = gone;
  to.putLink({ ...rest, ifindex });
  host.moveEnd(from, l.ifindex, to, ifindex);
}

/** `bridge link set`; EOPNOTSUPP when the device is no port. */
export function applyBridgePort(ns: FakeNamespace, r: BridgePortRequest): Refusal | undefined {
  const l = ns.links.get(r.ifindex);
  if (!l) return ["ENODEV"];
  if (l.port === undefined) return ["EOPNOTSUPP"];
  const changed: Link = { ...l, port: { ...l.port, ...r.options } };
  ns.links.set(l.ifindex, changed);
  ns.notify({ object: "bridge-port", change: "new", value: bridgePortOf(changed)! });
  return undefined;
}
