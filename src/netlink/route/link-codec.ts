// SPDX-License-Identifier: Apache-2.0
import { NetlinkDecodeError, NetlinkEncodeError } from "../errors.ts";
import { AttributeCursor, NLA_F_NESTED, type RawAttribute } from "../wire/attribute.ts";
import { bool8, i32, mac, text, u32, u8 } from "../wire/attribute-codec.ts";
import { type Message, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST } from "../wire/message.ts";
import type { MessageWriter } from "../wire/message-writer.ts";
import type { Mutable } from "../wire/mutable.ts";
import { u16At, u32At } from "../wire/scalar.ts";
import { type BridgePortOptions, decodeBridgePortOptions } from "./bridge-port.ts";
import { AF_INET6, AF_UNSPEC } from "./family.ts";
import {
  IFF_UP,
  type Link,
  type LinkRequest,
  type LinkSettings,
  type LinkTarget,
  RTM_DELLINK,
  RTM_GETLINK,
  RTM_NEWLINK,
  addressGenerationModes,
  operstates,
} from "./link.ts";
import { IFLA_INFO_DATA, IFLA_INFO_KIND, decodeLinkKind, encodeLinkKind, linkKindName } from "./link-kind/link-kind.ts";

// linux/if_link.h
const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_LINK = 5;
const IFLA_MASTER = 10;
const IFLA_TXQLEN = 13;
const IFLA_OPERSTATE = 16;
const IFLA_LINKINFO = 18;
const IFLA_IFALIAS = 20;
const IFLA_AF_SPEC = 26;
const IFLA_GROUP = 27;
const IFLA_NET_NS_FD = 28;
const IFLA_EXT_MASK = 29;
const IFLA_CARRIER = 33;
const IFLA_LINK_NETNSID = 37;
const IFLA_NEW_NETNSID = 45;
const IFLA_INFO_SLAVE_KIND = 4;
const IFLA_INFO_SLAVE_DATA = 5;
const IFLA_INET6_ADDR_GEN_MODE = 8;
const RTEXT_FILTER_SKIP_STATS = 1 << 3;
/** IFNAMSIZ without the NUL. */
const longestName = 15;

/**
 * Counters, limits of the hardware and other facts that change on their own or say nothing about configuration:
 * qdisc, stats, link mode, map, number of queues, promiscuity, offload limits, XDP, event, minimum and maximum MTU …
 */
const leftOut: ReadonlySet<number> = new Set([
  2, 6, 7, 14, 17, 23, 30, 31, 32, 35, 39, 40, 41, 42, 43, 44, 47, 48, 50, 51, 54, 55, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69,
]);

/** ```| family u8 | pad u8 | hardware type u16 | ifindex i32 | flags u32 | change mask u32 |``` */
const headerLength = 16;

/** `fdOf` gives an open descriptor of a namespace path. @throws NetlinkEncodeError for a name that cannot be */
export function encodeLinkRequest(w: MessageWriter, r: LinkRequest, sequence: number, fdOf: (namespace: string) => number): void {
  if (r.verb === "delete") {
    w.beginMessage(RTM_DELLINK, NLM_F_REQUEST, sequence);
    encodeTarget(w, r.target, undefined);
  } else if (r.verb === "set") {
    w.beginMessage(RTM_NEWLINK, NLM_F_REQUEST, sequence);
    encodeTarget(w, r.target, r.settings.up);
    encodeSettings(w, r.settings, typeof r.target === "string", fdOf);
  } else {
    w.beginMessage(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL, sequence);
    encodeTarget(w, 0, r.settings.up);
    encodeSettings(w, r.settings, false, fdOf);
  }
  w.endMessage();
}

/** One link by name or index (RTM_GETLINK without NLM_F_DUMP). */
export function encodeGetLink(w: MessageWriter, target: LinkTarget, flags: number, sequence: number): void {
  w.beginMessage(RTM_GETLINK, NLM_F_REQUEST | flags, sequence);
  encodeTarget(w, target, undefined);
  u32.write(w, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  w.endMessage();
}

function encodeTarget(w: MessageWriter, target: LinkTarget, up: boolean | undefined): void {
  w.u32(AF_UNSPEC).u32(typeof target === "number" ? target : 0);
  w.u32(up === true ? IFF_UP : 0).u32(up === undefined ? 0 : IFF_UP);
  if (typeof target === "string") encodeName(w, target);
}

function encodeName(w: MessageWriter, name: string): void {
  if (name === "" || Buffer.byteLength(name) > longestName || /[\s/\0]/.test(name) || name === "." || name === "..")
    throw new NetlinkEncodeError(`${JSON.stringify(name)} cannot be an interface name: 1…${longestName} octets, no blank, no slash`);
  text.write(w, IFLA_IFNAME, name);
}

function encodeSettings(w: MessageWriter, s: LinkSettings, named: boolean, fdOf: (namespace: string) => number): void {
  if (s.name !== undefined) {
    if (named) throw new NetlinkEncodeError("to rename an interface, name it by its index");
    encodeName(w, s.name);
  }
  if (s.mtu !== undefined) u32.write(w, IFLA_MTU, s.mtu);
  if (s.address !== undefined) mac.write(w, IFLA_ADDRESS, s.address);
  if (s.linkIfindex !== undefined) u32.write(w, IFLA_LINK, s.linkIfindex);
  if (s.master !== undefined) u32.write(w, IFLA_MASTER, s.master);
  if (s.txQueueLength !== undefined) u32.write(w, IFLA_TXQLEN, s.txQueueLength);
  if (s.group !== undefined) u32.write(w, IFLA_GROUP, s.group);
  // Without a NUL: the kernel takes an empty alias, not an empty string, as "take it away".
  if (s.alias !== undefined) w.attribute(IFLA_IFALIAS, new TextEncoder().encode(s.alias));
  if (s.namespace !== undefined) u32.write(w, IFLA_NET_NS_FD, fdOf(s.namespace));
  if (s.addressGenerationMode !== undefined) {
    const spec = w.beginNested(IFLA_AF_SPEC | NLA_F_NESTED);
    const inet6 = w.beginNested(AF_INET6 | NLA_F_NESTED);
    u8.write(w, IFLA_INET6_ADDR_GEN_MODE, addressGenerationModes.indexOf(s.addressGenerationMode));
    w.endNested(inet6);
    w.endNested(spec);
  }
  if (s.kind !== undefined) {
    const info = w.beginNested(IFLA_LINKINFO | NLA_F_NESTED);
    encodeLinkKind(w, s.kind, fdOf);
    w.endNested(info);
  }
}

/** Writes a link as the kernel would say it; for tests and for the fake kernel's recordings. */
export function encodeLink(w: MessageWriter, l: Link): void {
  w.u16(AF_UNSPEC).u16(l.hardwareType).u32(l.ifindex).u32(l.flags).u32(0);
  text.write(w, IFLA_IFNAME, l.name);
  u32.write(w, IFLA_MTU, l.mtu);
  if (l.address !== undefined) mac.write(w, IFLA_ADDRESS, l.address);
  if (l.master !== undefined) u32.write(w, IFLA_MASTER, l.master);
  if (l.linkIfindex !== undefined) u32.write(w, IFLA_LINK, l.linkIfindex);
  if (l.linkNamespaceId !== undefined) i32.write(w, IFLA_LINK_NETNSID, l.linkNamespaceId);
  if (l.newNamespaceId !== undefined) i32.write(w, IFLA_NEW_NETNSID, l.newNamespaceId);
  u8.write(w, IFLA_OPERSTATE, operstates.indexOf(l.operstate));
  if (l.carrier !== undefined) bool8.write(w, IFLA_CARRIER, l.carrier);
  if (l.alias !== undefined) text.write(w, IFLA_IFALIAS, l.alias);
  if (l.txQueueLength !== undefined) u32.write(w, IFLA_TXQLEN, l.txQueueLength);
  if (l.group !== undefined) u32.write(w, IFLA_GROUP, l.group);
  if (l.kind !== undefined) {
    const info = w.beginNested(IFLA_LINKINFO | NLA_F_NESTED);
    if (linkKindName(l.kind) !== "") encodeLinkKind(w, l.kind, () => -1);
    w.endNested(info);
  }
  for (const a of l.unknown ?? []) w.attribute(a.type, a.bytes);
}

/** RTM_NEWLINK or RTM_DELLINK of AF_UNSPEC. @throws NetlinkDecodeError */
export function decodeLink(m: Message): Link {
  const { bytes, start } = m;
  if (m.end - start < headerLength) throw new NetlinkDecodeError("ifinfomsg cut short", start);
  const flags = u32At(bytes, start + 8);
  const l: Mutable<Link> = {
    ifindex: u32At(bytes, start + 4),
    name: "",
    hardwareType: u16At(bytes, start + 2),
    flags,
    up: (flags & IFF_UP) !== 0,
    mtu: 0,
    operstate: "unknown",
  };
  const unknown: RawAttribute[] = [];
  const a = new AttributeCursor(bytes, start + headerLength, m.end);
  while (a.next()) readLinkAttribute(a, l, unknown);
  if (unknown.length > 0) l.unknown = unknown;
  return l;
}

function readLinkAttribute(a: AttributeCursor, l: Mutable<Link>, unknown: RawAttribute[]): void {
  if (a.type === IFLA_IFNAME) l.name = text.read(a);
  else if (a.type === IFLA_MTU) l.mtu = u32.read(a);
  else if (a.type === IFLA_ADDRESS) {
    if (a.end - a.start === 6) l.address = mac.read(a);
  } else if (a.type === IFLA_MASTER) l.master = u32.read(a);
  else if (a.type === IFLA_LINK) l.linkIfindex = u32.read(a);
  else if (a.type === IFLA_LINK_NETNSID) l.linkNamespaceId = i32.read(a);
  else if (a.type === IFLA_NEW_NETNSID) l.newNamespaceId = i32.read(a);
  else if (a.type === IFLA_OPERSTATE) l.operstate = operstates[u8.read(a)] ?? "unknown";
  else if (a.type === IFLA_CARRIER) l.carrier = bool8.read(a);
  else if (a.type === IFLA_IFALIAS) l.alias = text.read(a);
  else if (a.type === IFLA_TXQLEN) l.txQueueLength = u32.read(a);
  else if (a.type === IFLA_GROUP) l.group = u32.read(a);
  else if (a.type === IFLA_AF_SPEC) readFamilySpec(a, l);
  else if (a.type === IFLA_LINKINFO) readLinkInfo(a, l);
  else if (!leftOut.has(a.type)) unknown.push(a.raw());
}

function readFamilySpec(spec: AttributeCursor, l: Mutable<Link>): void {
  const family = spec.nested();
  while (family.next()) {
    if (family.type !== AF_INET6) continue;
    const a = family.nested();
    while (a.next()) {
      const mode = a.type === IFLA_INET6_ADDR_GEN_MODE ? addressGenerationModes[u8.read(a)] : undefined;
      if (mode !== undefined) l.addressGenerationMode = mode;
    }
  }
}

function readLinkInfo(info: AttributeCursor, l: Mutable<Link>): void {
  let kind: string | undefined;
  let data: AttributeCursor | undefined;
  let portKind: string | undefined;
  let port: BridgePortOptions | undefined;
  const a = info.nested();
  while (a.next()) {
    if (a.type === IFLA_INFO_KIND) kind = text.read(a);
    else if (a.type === IFLA_INFO_DATA) data = a.nested();
    else if (a.type === IFLA_INFO_SLAVE_KIND) portKind = text.read(a);
    else if (a.type === IFLA_INFO_SLAVE_DATA && portKind === "bridge") port = decodeBridgePortOptions(a.nested());
  }
  if (kind !== undefined) l.kind = decodeLinkKind(kind, data);
  if (port !== undefined) l.port = port;
}
