// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import { type Mac, macFromBytes, macInto, zeroMac } from "../../base/net/mac.ts";
import { NetlinkDecodeError } from "../errors.ts";
import { AttributeCursor, type RawAttribute } from "../wire/attribute.ts";
import { be16, ip, u16, u32 } from "../wire/attribute-codec.ts";
import { type Message, NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_REQUEST } from "../wire/message.ts";
import type { MessageWriter } from "../wire/message-writer.ts";
import type { Mutable } from "../wire/mutable.ts";
import { i32At, u16At } from "../wire/scalar.ts";
import { AF_BRIDGE } from "./family.ts";
import { NTF_MASTER, NTF_SELF, NUD_NOARP, NUD_PERMANENT, NUD_REACHABLE, neighbourFlagNames } from "./neighbour-flags.ts";
import * as nda from "./neighbour-message.ts";

/**
 * A forwarding entry of a bridge port (`master`) or of the device itself (`self`, the VXLAN's own table). One MAC of a remote
 * VTEP needs both: `02:… dev vx100 master br100` and `02:… dev vx100 dst 10.0.0.2 self`.
 */
export interface FdbEntry {
  readonly ifindex: number;
  readonly mac: Mac;
  /** NUD_* bits: {@link FDB_PERMANENT} (local, never ages), {@link FDB_STATIC}, {@link FDB_DYNAMIC}; dumps also say stale. */
  readonly state: number;
  /** NTF_* bits. In dumps of entries in a bridge's table NTF_MASTER is set, in a device's own NTF_SELF. */
  readonly flags: number;
  readonly vlan?: number;
  /** Remote VTEP; `self` entries of VXLAN devices only. */
  readonly dst?: Ip;
  /** Remote UDP port when it is not the device's. */
  readonly port?: number;
  /** VNI to send with when it is not the device's (downstream assigned). */
  readonly vni?: number;
  /** VNI that the entry belongs to, for collect-metadata devices. */
  readonly srcVni?: number;
  /** Underlay device to send through. */
  readonly viaIfindex?: number;
  /** Id of a nexthop group of kind `fdb`, instead of `dst`. */
  readonly nexthopId?: number;
  /** ifindex of the bridge; in dumps of `master` entries. */
  readonly master?: number;
  /** NTF_EXT_* bits. */
  readonly flagsExt?: number;
  readonly unknown?: readonly RawAttribute[];
}

/** `bridge fdb add … permanent` (the default of `bridge`; in a bridge's table it means: addressed to the port itself, and a dump shows NUD_PERMANENT alone). */
export const FDB_PERMANENT = NUD_NOARP | NUD_PERMANENT;
/** `bridge fdb add … static` */
export const FDB_STATIC = NUD_NOARP | NUD_REACHABLE;
/** `bridge fdb add … dynamic` */
export const FDB_DYNAMIC = NUD_REACHABLE;

export interface FdbRequest {
  readonly object: "fdb";
  readonly verb: "add" | "append" | "replace" | "delete";
  readonly entry: FdbEntry;
  /** Writes the message in a shorter way, where there is one: one of an `FdbSeries`. */
  write?(w: MessageWriter, sequence: number): void;
}

/** What callers give: like an entry, with state permanent and flag `self` unless they say otherwise. */
export type FdbSpec = Omit<FdbEntry, "state" | "flags"> & { readonly state?: number; readonly flags?: number };

function complete(spec: FdbSpec): FdbEntry {
  const flags = spec.flags ?? 0;
  return { ...spec, state: spec.state ?? FDB_PERMANENT, flags: (flags & (NTF_SELF | NTF_MASTER)) === 0 ? flags | NTF_SELF : flags };
}

/** Requests about forwarding entries. */
export const fdb = {
  /** `bridge fdb add MAC dev DEV …`; EEXIST when it is there. */
  add: (spec: FdbSpec): FdbRequest => ({ object: "fdb", verb: "add", entry: complete(spec) }),
  /**
   * `bridge fdb append MAC dev DEV dst IP`: one more destination for the zero MAC (the flood list) or a multicast one; one that is
   * there already is no error. A unicast MAC keeps the destination it has, yet takes the state and flags given: use replace.
   */
  append: (spec: FdbSpec): FdbRequest => ({ object: "fdb", verb: "append", entry: complete(spec) }),
  /** `bridge fdb replace MAC dev DEV …`: makes it or changes its destination; EOPNOTSUPP for zero and multicast MACs of a VXLAN device. */
  replace: (spec: FdbSpec): FdbRequest => ({ object: "fdb", verb: "replace", entry: complete(spec) }),
  /**
   * `bridge fdb del MAC dev DEV [dst IP] …`; ENOENT when a bridge or device does not know the MAC. `dst` picks one of several
   * destinations; one that a known MAC does not have counts as deleted. From a bridge's table: only if it is behind this very port.
   */
  delete: (spec: FdbSpec): FdbRequest => ({ object: "fdb", verb: "delete", entry: complete(spec) }),
  /** `bridge fdb append 00:00:00:00:00:00 dev DEV dst IP self permanent`: floods to this VTEP too. */
  appendFlood: (ifindex: number, dst: Ip, more: Partial<FdbSpec> = {}): FdbRequest => fdb.append({ ...more, ifindex, mac: zeroMac, dst }),
  /** `bridge fdb del 00:00:00:00:00:00 dev DEV dst IP self` */
  deleteFlood: (ifindex: number, dst: Ip, more: Partial<FdbSpec> = {}): FdbRequest => fdb.delete({ ...more, ifindex, mac: zeroMac, dst }),
};

const createFlags = {
  add: NLM_F_CREATE | NLM_F_EXCL,
  append: NLM_F_CREATE | NLM_F_APPEND,
  replace: NLM_F_CREATE | NLM_F_REPLACE,
  delete: 0,
} as const;

const macScratch = new Uint8Array(6);

export function encodeFdbRequest(w: MessageWriter, r: FdbRequest, sequence: number): void {
  if (r.write) return r.write(w, sequence);
  w.beginMessage(r.verb === "delete" ? nda.RTM_DELNEIGH : nda.RTM_NEWNEIGH, NLM_F_REQUEST | createFlags[r.verb], sequence);
  encodeFdbEntry(w, r.entry);
  w.endMessage();
}

export function encodeFdbEntry(w: MessageWriter, e: FdbEntry): void {
  w.u32(AF_BRIDGE).u32(e.ifindex).u16(e.state).u8(e.flags).u8(0);
  macInto(e.mac, macScratch, 0);
  w.attribute(nda.NDA_LLADDR, macScratch);
  if (e.dst !== undefined) ip.write(w, nda.NDA_DST, e.dst);
  if (e.vlan !== undefined) u16.write(w, nda.NDA_VLAN, e.vlan);
  if (e.port !== undefined) be16.write(w, nda.NDA_PORT, e.port);
  if (e.vni !== undefined) u32.write(w, nda.NDA_VNI, e.vni);
  if (e.srcVni !== undefined) u32.write(w, nda.NDA_SRC_VNI, e.srcVni);
  if (e.viaIfindex !== undefined) u32.write(w, nda.NDA_IFINDEX, e.viaIfindex);
  if (e.nexthopId !== undefined) u32.write(w, nda.NDA_NH_ID, e.nexthopId);
  if (e.master !== undefined) u32.write(w, nda.NDA_MASTER, e.master);
  if (e.flagsExt !== undefined) u32.write(w, nda.NDA_FLAGS_EXT, e.flagsExt);
  for (const a of e.unknown ?? []) w.attribute(a.type, a.bytes);
}

/** RTM_NEWNEIGH or RTM_DELNEIGH of AF_BRIDGE. @throws NetlinkDecodeError */
export function decodeFdbEntry(m: Message): FdbEntry {
  const { bytes, start } = m;
  if (m.end - start < nda.neighbourHeaderLength) throw new NetlinkDecodeError("ndmsg cut short", start);
  const e: Mutable<FdbEntry> = {
    ifindex: i32At(bytes, start + 4),
    mac: zeroMac,
    state: u16At(bytes, start + 8),
    flags: bytes[start + 10]!,
  };
  const a = new AttributeCursor(bytes, start + nda.neighbourHeaderLength, m.end);
  while (a.next()) {
    if (a.type === nda.NDA_LLADDR) e.mac = macFromBytes(bytes, a.need(6));
    else if (a.type === nda.NDA_DST) e.dst = ip.read(a);
    else if (a.type === nda.NDA_MASTER) e.master = u32.read(a);
    else if (a.type === nda.NDA_VLAN) e.vlan = u16.read(a);
    else if (a.type === nda.NDA_PORT) e.port = be16.read(a);
    else if (a.type === nda.NDA_VNI) e.vni = u32.read(a);
    else if (a.type === nda.NDA_SRC_VNI) e.srcVni = u32.read(a);
    else if (a.type === nda.NDA_IFINDEX) e.viaIfindex = u32.read(a);
    else if (a.type === nda.NDA_NH_ID) e.nexthopId = u32.read(a);
    else if (a.type === nda.NDA_FLAGS_EXT) readFlagsExt(a, e);
    // Ages change without anybody doing anything; equal entries must be equal values.
    else if (a.type !== nda.NDA_CACHEINFO) e.unknown = [...(e.unknown ?? []), a.raw()];
  }
  // The kernel does not flag entries of a bridge's own table; the attribute tells.
  if (e.master !== undefined && (e.flags & NTF_SELF) === 0) e.flags |= NTF_MASTER;
  return e;
}

/** The kernel says 0 or leaves it out, depending on the table; both are "none". */
function readFlagsExt(a: AttributeCursor, e: Mutable<FdbEntry>): void {
  const flags = u32.read(a);
  if (flags !== 0) e.flagsExt = flags;
}

/** As `bridge fdb` prints it: `02:00:00:00:01:02 dev 7 dst 10.0.0.2 self extern_learn`. */
export function formatFdbEntry(e: FdbEntry): string {
  const words: string[] = [e.mac, `dev ${e.ifindex}`];
  if (e.dst !== undefined) words.push(`dst ${e.dst}`);
  if (e.vlan !== undefined) words.push(`vlan ${e.vlan}`);
  if (e.port !== undefined) words.push(`port ${e.port}`);
  if (e.vni !== undefined) words.push(`vni ${e.vni}`);
  if (e.srcVni !== undefined) words.push(`src_vni ${e.srcVni}`);
  if (e.viaIfindex !== undefined) words.push(`via ${e.viaIfindex}`);
  if (e.nexthopId !== undefined) words.push(`nhid ${e.nexthopId}`);
  words.push(...neighbourFlagNames(e.flags));
  if ((e.state & NUD_PERMANENT) !== 0) words.push("permanent");
  else if ((e.state & NUD_NOARP) !== 0) words.push("static");
  return words.join(" ");
}

export function formatFdbRequest(r: FdbRequest): string {
  return `bridge fdb ${r.verb === "delete" ? "del" : r.verb} ${formatFdbEntry(r.entry)}`;
}
