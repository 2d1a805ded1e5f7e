// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import { NetlinkDecodeError } from "../errors.ts";
import { AttributeCursor, type RawAttribute } from "../wire/attribute.ts";
import { flag, ip, u32 } from "../wire/attribute-codec.ts";
import { type Message, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_REQUEST } from "../wire/message.ts";
import type { MessageWriter } from "../wire/message-writer.ts";
import type { Mutable } from "../wire/mutable.ts";
import { u16At, u32At } from "../wire/scalar.ts";
import { AF_INET, AF_UNSPEC, familyOf } from "./family.ts";
import { RTNH_F_ONLINK } from "./route.ts";

export const RTM_NEWNEXTHOP = 104;
export const RTM_DELNEXTHOP = 105;
export const RTM_GETNEXTHOP = 106;

// linux/nexthop.h
const NHA_ID = 1;
const NHA_GROUP = 2;
const NHA_GROUP_TYPE = 3;
const NHA_BLACKHOLE = 4;
const NHA_OIF = 5;
const NHA_GATEWAY = 6;
const NHA_FDB = 11;
const NHA_OP_FLAGS = 14;
/** ```| family u8 | scope u8 | protocol u8 | reserved u8 | flags u32 |``` */
const headerLength = 8;

/** A member of a group: ```| id u32 | weight - 1 u8 | high weight u8 | reserved u16 |``` */
export interface NexthopMember {
  readonly id: number;
  /** 1…256. */
  readonly weight: number;
}

/** A nexthop object: routes and FDB entries refer to it by id. */
export interface Nexthop {
  readonly id: number;
  readonly gateway?: Ip;
  readonly ifindex?: number;
  readonly blackhole?: boolean;
  /** Members are other nexthops; then there is no gateway. */
  readonly group?: readonly NexthopMember[];
  /** For FDB entries of VXLAN devices: the gateway is a VTEP, there is no device. A group of such is a flood or multihoming set. */
  readonly fdb?: boolean;
  readonly protocol: number;
  readonly scope: number;
  /** RTNH_F_* bits. */
  readonly flags: number;
  readonly unknown?: readonly RawAttribute[];
}

export interface NexthopRequest {
  readonly object: "nexthop";
  readonly verb: "add" | "replace" | "delete";
  readonly nexthop: Nexthop;
}

export type NexthopSpec = Omit<Nexthop, "protocol" | "scope" | "flags"> & { readonly protocol?: number; readonly flags?: number };

function complete(spec: NexthopSpec): Nexthop {
  return { ...spec, protocol: spec.protocol ?? 0, scope: 0, flags: spec.flags ?? 0 };
}

/** Requests about nexthop objects. */
export const nexthop = {
  /** `ip nexthop add id ID via IP dev DEV | id ID via IP fdb | id ID group A/B [fdb]`; EEXIST when the id is taken. */
  add: (spec: NexthopSpec): NexthopRequest => ({ object: "nexthop", verb: "add", nexthop: complete(spec) }),
  /** `ip nexthop replace id ID …`: what refers to it follows at once. */
  replace: (spec: NexthopSpec): NexthopRequest => ({ object: "nexthop", verb: "replace", nexthop: complete(spec) }),
  /** `ip nexthop del id ID`; takes the routes and FDB entries that refer to it with it. ENOENT when it is not there. */
  delete: (id: number): NexthopRequest => ({ object: "nexthop", verb: "delete", nexthop: { id, protocol: 0, scope: 0, flags: 0 } }),
};

const createFlags = { add: NLM_F_CREATE | NLM_F_EXCL, replace: NLM_F_CREATE | NLM_F_REPLACE, delete: 0 } as const;

export function encodeNexthopRequest(w: MessageWriter, r: NexthopRequest, sequence: number): void {
  w.beginMessage(r.verb === "delete" ? RTM_DELNEXTHOP : RTM_NEWNEXTHOP, NLM_F_REQUEST | createFlags[r.verb], sequence);
  encodeNexthop(w, r.nexthop);
  w.endMessage();
}

export function encodeNexthop(w: MessageWriter, n: Nexthop): void {
  // A device or blackhole without a gateway still needs a family; a group must have none.
  const direct = n.ifindex !== undefined || n.blackhole === true ? AF_INET : AF_UNSPEC;
  w.u8(n.gateway === undefined ? direct : familyOf(n.gateway))
    .u8(n.scope)
    .u8(n.protocol)
    .u8(0)
    .u32(n.flags & RTNH_F_ONLINK);
  u32.write(w, NHA_ID, n.id);
  if (n.group !== undefined) {
    const at = w.beginNested(NHA_GROUP);
    for (const member of n.group)
      w.u32(member.id)
        .u8(member.weight - 1)
        .zeros(3);
    w.endNested(at);
  }
  if (n.blackhole === true) flag.write(w, NHA_BLACKHOLE, true);
  if (n.ifindex !== undefined) u32.write(w, NHA_OIF, n.ifindex);
  if (n.gateway !== undefined) ip.write(w, NHA_GATEWAY, n.gateway);
  if (n.fdb === true) flag.write(w, NHA_FDB, true);
  for (const a of n.unknown ?? []) w.attribute(a.type, a.bytes);
}

/** RTM_NEWNEXTHOP or RTM_DELNEXTHOP. @throws NetlinkDecodeError */
export function decodeNexthop(m: Message): Nexthop {
  const { bytes, start } = m;
  if (m.end - start < headerLength) throw new NetlinkDecodeError("nhmsg cut short", start);
  const n: Mutable<Nexthop> = { id: 0, protocol: bytes[start + 2]!, scope: bytes[start + 1]!, flags: u32At(bytes, start + 4) };
  const a = new AttributeCursor(bytes, start + headerLength, m.end);
  while (a.next()) {
    if (a.type === NHA_ID) n.id = u32.read(a);
    else if (a.type === NHA_GROUP) n.group = decodeGroup(a);
    else if (a.type === NHA_BLACKHOLE) n.blackhole = true;
    else if (a.type === NHA_OIF) n.ifindex = u32.read(a);
    else if (a.type === NHA_GATEWAY) n.gateway = ip.read(a);
    else if (a.type === NHA_FDB) n.fdb = true;
    // Type 0 (multipath) says nothing; resilient groups keep theirs. Operation flags answer the dump, not the object.
    else if (a.type !== NHA_OP_FLAGS && (a.type !== NHA_GROUP_TYPE || u16At(a.bytes, a.need(2)) !== 0))
      n.unknown = [...(n.unknown ?? []), a.raw()];
  }
  return n;
}

function decodeGroup(a: AttributeCursor): NexthopMember[] {
  const members: NexthopMember[] = [];
  for (let at = a.start; at + 8 <= a.end; at += 8) members.push({ id: u32At(a.bytes, at), weight: a.bytes[at + 4]! + 1 });
  return members;
}

/** As `ip nexthop` prints it. */
export function formatNexthop(n: Nexthop): string {
  const words = [`id ${n.id}`];
  if (n.group !== undefined) words.push(`group ${n.group.map((m) => (m.weight === 1 ? m.id : `${m.id},${m.weight}`)).join("/")}`);
  if (n.gateway !== undefined) words.push(`via ${n.gateway}`);
  if (n.ifindex !== undefined) words.push(`dev ${n.ifindex}`);
  if (n.blackhole === true) words.push("blackhole");
  if (n.fdb === true) words.push("fdb");
  return words.join(" ");
}

export function formatNexthopRequest(r: NexthopRequest): string {
  return `ip nexthop ${r.verb === "delete" ? "del" : r.verb} ${formatNexthop(r.nexthop)}`;
}
