// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import { NetlinkDecodeError } from "../errors.ts";
import { AttributeCursor, type RawAttribute } from "../wire/attribute.ts";
import { ip, mac, u8, u32 } from "../wire/attribute-codec.ts";
import { type Message, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_REQUEST } from "../wire/message.ts";
import type { MessageWriter } from "../wire/message-writer.ts";
import type { Mutable } from "../wire/mutable.ts";
import { i32At, u16At } from "../wire/scalar.ts";
import { familyOf } from "./family.ts";
import { NTF_PROXY, NUD_PERMANENT, formatNeighbourState, neighbourFlagNames } from "./neighbour-flags.ts";
import * as nda from "./neighbour-message.ts";

/** An entry of a device's ARP or ND table. */
export interface Neighbour {
  readonly ifindex: number;
  readonly ip: Ip;
  /** Absent while unresolved or failed, and for addresses without a link layer. */
  readonly mac?: Mac;
  /** NUD_* bits. */
  readonly state: number;
  /** NTF_* bits: NTF_EXT_LEARNED marks what a control plane made. */
  readonly flags: number;
  /** Who made it (NDA_PROTOCOL, rt_protos numbers); 0 or absent: unspecified. */
  readonly protocol?: number;
  /** NTF_EXT_* bits. */
  readonly flagsExt?: number;
  readonly unknown?: readonly RawAttribute[];
}

export interface NeighbourRequest {
  readonly object: "neighbour";
  readonly verb: "add" | "replace" | "delete";
  readonly neighbour: Neighbour;
}

/** Like a neighbour, with state permanent and no flags unless said otherwise. */
export type NeighbourSpec = Omit<Neighbour, "state" | "flags"> & { readonly state?: number; readonly flags?: number };

function complete(spec: NeighbourSpec): Neighbour {
  return { ...spec, state: spec.state ?? NUD_PERMANENT, flags: spec.flags ?? 0 };
}

/** Requests about neighbour entries. */
export const neighbour = {
  /** `ip neigh replace proxy IP dev DEV protocol N` */
  proxy: (ifindex: number, ip: Ip, protocol: number): NeighbourRequest => ({
    object: "neighbour",
    verb: "replace",
    neighbour: { ifindex, ip, state: NUD_PERMANENT, flags: NTF_PROXY, protocol },
  }),
  /** `ip neigh del proxy IP dev DEV` */
  deleteProxy: (ifindex: number, ip: Ip): NeighbourRequest => ({
    object: "neighbour",
    verb: "delete",
    neighbour: { ifindex, ip, state: 0, flags: NTF_PROXY },
  }),
  /** `ip neigh add IP lladdr MAC dev DEV nud STATE [extern_learn] [protocol N]`; EEXIST when it is there. */
  add: (spec: NeighbourSpec): NeighbourRequest => ({ object: "neighbour", verb: "add", neighbour: complete(spec) }),
  /** `ip neigh replace …` */
  replace: (spec: NeighbourSpec): NeighbourRequest => ({ object: "neighbour", verb: "replace", neighbour: complete(spec) }),
  /** `ip neigh del IP dev DEV`; ENOENT when it is not there. */
  delete: (ifindex: number, ip: Ip): NeighbourRequest => ({
    object: "neighbour",
    verb: "delete",
    neighbour: { ifindex, ip, state: 0, flags: 0 },
  }),
};

const createFlags = { add: NLM_F_CREATE | NLM_F_EXCL, replace: NLM_F_CREATE | NLM_F_REPLACE, delete: 0 } as const;

export function encodeNeighbourRequest(w: MessageWriter, r: NeighbourRequest, sequence: number): void {
  w.beginMessage(r.verb === "delete" ? nda.RTM_DELNEIGH : nda.RTM_NEWNEIGH, NLM_F_REQUEST | createFlags[r.verb], sequence);
  encodeNeighbour(w, r.neighbour);
  w.endMessage();
}

export function encodeNeighbour(w: MessageWriter, n: Neighbour): void {
  w.u32(familyOf(n.ip)).u32(n.ifindex).u16(n.state).u8(n.flags).u8(0);
  ip.write(w, nda.NDA_DST, n.ip);
  if (n.mac !== undefined) mac.write(w, nda.NDA_LLADDR, n.mac);
  if (n.protocol !== undefined) u8.write(w, nda.NDA_PROTOCOL, n.protocol);
  if (n.flagsExt !== undefined) u32.write(w, nda.NDA_FLAGS_EXT, n.flagsExt);
  for (const a of n.unknown ?? []) w.attribute(a.type, a.bytes);
}

/**
 * RTM_NEWNEIGH or RTM_DELNEIGH of AF_INET or AF_INET6.
 * @returns undefined for a table entry without an address, which only other families have
 * @throws NetlinkDecodeError
 */
export function decodeNeighbour(m: Message): Neighbour | undefined {
  const { bytes, start } = m;
  if (m.end - start < nda.neighbourHeaderLength) throw new NetlinkDecodeError("ndmsg cut short", start);
  const n: Mutable<Omit<Neighbour, "ip">> & { ip?: Ip } = {
    ifindex: i32At(bytes, start + 4),
    state: u16At(bytes, start + 8),
    flags: bytes[start + 10]!,
  };
  const a = new AttributeCursor(bytes, start + nda.neighbourHeaderLength, m.end);
  while (a.next()) {
    if (a.type === nda.NDA_DST) n.ip = ip.read(a);
    // A device without link-layer addresses gives an empty or odd-sized one.
    else if (a.type === nda.NDA_LLADDR) {
      if (a.end - a.start === 6) n.mac = mac.read(a);
    } else if (a.type === nda.NDA_PROTOCOL) n.protocol = u8.read(a);
    else if (a.type === nda.NDA_FLAGS_EXT) n.flagsExt = u32.read(a);
    // Ages and probe counts change on their own; equal entries must be equal values.
    else if (a.type !== nda.NDA_CACHEINFO && a.type !== nda.NDA_PROBES) n.unknown = [...(n.unknown ?? []), a.raw()];
  }
  return n.ip === undefined ? undefined : { ...n, ip: n.ip };
}

/** As `ip neigh` prints it: `192.168.1.2 dev 5 lladdr 02:… extern_learn nud noarp proto 186`. */
export function formatNeighbour(n: Neighbour): string {
  const words: string[] = [n.ip, `dev ${n.ifindex}`];
  if (n.mac !== undefined) words.push(`lladdr ${n.mac}`);
  words.push(...neighbourFlagNames(n.flags), `nud ${formatNeighbourState(n.state)}`);
  if (n.protocol !== undefined) words.push(`proto ${n.protocol}`);
  return words.join(" ");
}

export function formatNeighbourRequest(r: NeighbourRequest): string {
  if (r.verb === "delete")
    return `ip neigh del ${(r.neighbour.flags & NTF_PROXY) === 0 ? "" : "proxy "}${r.neighbour.ip} dev ${r.neighbour.ifindex}`;
  return `ip neigh ${r.verb} ${formatNeighbour(r.neighbour)}`;
}
