// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import { NetlinkDecodeError } from "../errors.ts";
import { AttributeCursor, type RawAttribute } from "../wire/attribute.ts";
import { ip, text, u8, u32 } from "../wire/attribute-codec.ts";
import { type Message, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_REQUEST } from "../wire/message.ts";
import type { MessageWriter } from "../wire/message-writer.ts";
import type { Mutable } from "../wire/mutable.ts";
import { u32At } from "../wire/scalar.ts";
import { AF_INET, familyOf } from "./family.ts";

export const RTM_NEWADDR = 20;
export const RTM_DELADDR = 21;
export const RTM_GETADDR = 22;

// linux/if_addr.h
export const IFA_F_NODAD = 0x02;
export const IFA_F_PERMANENT = 0x80;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_LABEL = 3;
const IFA_BROADCAST = 4;
const IFA_CACHEINFO = 6;
const IFA_FLAGS = 8;
const IFA_PROTO = 11;
/** ```| family u8 | prefix length u8 | flags u8 | scope u8 | ifindex u32 |``` */
const headerLength = 8;

/** An IP address of an interface. */
export interface Address {
  readonly ifindex: number;
  readonly ip: Ip;
  /** In bits. */
  readonly prefixLength: number;
  /** The other end of a point-to-point address. */
  readonly peer?: Ip;
  readonly broadcast?: Ip;
  readonly label?: string;
  /** RT_SCOPE_*: 0 global, 253 link, 254 host. */
  readonly scope: number;
  /** IFA_F_* bits. */
  readonly flags: number;
  /** IFAPROT_*: who made it (kernels from 5.18). */
  readonly protocol?: number;
  readonly unknown?: readonly RawAttribute[];
}

export interface AddressRequest {
  readonly object: "address";
  readonly verb: "add" | "replace" | "delete";
  readonly address: Address;
}

/** Like an address, with global scope and no flags unless said otherwise. */
export type AddressSpec = Omit<Address, "scope" | "flags"> & { readonly scope?: number; readonly flags?: number };

function complete(spec: AddressSpec): Address {
  return { ...spec, scope: spec.scope ?? 0, flags: spec.flags ?? 0 };
}

/** Requests about interface addresses. */
export const address = {
  /** `ip addr add IP/LENGTH dev DEV`; EEXIST when it is there. IPv6 does duplicate detection unless IFA_F_NODAD is given. */
  add: (spec: AddressSpec): AddressRequest => ({ object: "address", verb: "add", address: complete(spec) }),
  /** `ip addr replace IP/LENGTH dev DEV` */
  replace: (spec: AddressSpec): AddressRequest => ({ object: "address", verb: "replace", address: complete(spec) }),
  /** `ip addr del IP/LENGTH dev DEV`; EADDRNOTAVAIL when it is not there. */
  delete: (spec: AddressSpec): AddressRequest => ({ object: "address", verb: "delete", address: complete(spec) }),
};

const createFlags = { add: NLM_F_CREATE | NLM_F_EXCL, replace: NLM_F_CREATE | NLM_F_REPLACE, delete: 0 } as const;

export function encodeAddressRequest(w: MessageWriter, r: AddressRequest, sequence: number): void {
  w.beginMessage(r.verb === "delete" ? RTM_DELADDR : RTM_NEWADDR, NLM_F_REQUEST | createFlags[r.verb], sequence);
  encodeAddress(w, r.address);
  w.endMessage();
}

export function encodeAddress(w: MessageWriter, a: Address): void {
  w.u8(familyOf(a.ip)).u8(a.prefixLength).u8(a.flags).u8(a.scope).u32(a.ifindex);
  // IFA_LOCAL is ours and IFA_ADDRESS the peer's; IPv6 without a peer has IFA_ADDRESS only.
  if (a.peer !== undefined || familyOf(a.ip) === AF_INET) ip.write(w, IFA_LOCAL, a.ip);
  ip.write(w, IFA_ADDRESS, a.peer ?? a.ip);
  if (a.broadcast !== undefined) ip.write(w, IFA_BROADCAST, a.broadcast);
  if (a.label !== undefined) text.write(w, IFA_LABEL, a.label);
  if (a.flags !== 0) u32.write(w, IFA_FLAGS, a.flags);
  if (a.protocol !== undefined) u8.write(w, IFA_PROTO, a.protocol);
  for (const u of a.unknown ?? []) w.attribute(u.type, u.bytes);
}

/** RTM_NEWADDR or RTM_DELADDR. @returns undefined for families that have neither address. @throws NetlinkDecodeError */
export function decodeAddress(m: Message): Address | undefined {
  const { bytes, start } = m;
  if (m.end - start < headerLength) throw new NetlinkDecodeError("ifaddrmsg cut short", start);
  let local: Ip | undefined;
  let given: Ip | undefined;
  const out: Mutable<Omit<Address, "ip">> = {
    ifindex: u32At(bytes, start + 4),
    prefixLength: bytes[start + 1]!,
    flags: bytes[start + 2]!,
    scope: bytes[start + 3]!,
  };
  const a = new AttributeCursor(bytes, start + headerLength, m.end);
  while (a.next()) {
    if (a.type === IFA_LOCAL) local = ip.read(a);
    else if (a.type === IFA_ADDRESS) given = ip.read(a);
    else if (a.type === IFA_BROADCAST) out.broadcast = ip.read(a);
    else if (a.type === IFA_LABEL) out.label = text.read(a);
    else if (a.type === IFA_FLAGS) out.flags = u32.read(a);
    else if (a.type === IFA_PROTO) out.protocol = u8.read(a);
    // Lifetimes and stamps change on their own; equal addresses must be equal values.
    else if (a.type !== IFA_CACHEINFO) out.unknown = [...(out.unknown ?? []), a.raw()];
  }
  const own = local ?? given;
  if (own === undefined) return undefined;
  if (given !== undefined && given !== own) out.peer = given;
  return { ...out, ip: own };
}

/** `192.168.1.11/24 dev 5` */
export function formatAddress(a: Address): string {
  return `${a.ip}${a.peer === undefined ? "" : ` peer ${a.peer}`}/${a.prefixLength} dev ${a.ifindex}`;
}

export function formatAddressRequest(r: AddressRequest): string {
  return `ip addr ${r.verb === "delete" ? "del" : r.verb} ${formatAddress(r.address)}`;
}
