// SPDX-License-Identifier: Apache-2.0
import type { Reader } from "../../base/bytes/reader.ts";
import type { Writer } from "../../base/bytes/writer.ts";
import { type Ip, ipFromBytes, ipToBytes, isIp4 } from "../../base/net/ip.ts";

/**
 * The header that says of whom a message is — RFC 7854 §4.2, flags also RFC 8671 §4 and RFC 9069 §4.2.
 *
 *   type 1 | flags 1 | distinguisher 8 | address 16 | AS 4 | BGP identifier 4 | seconds 4 | microseconds 4
 */
export interface PeerHeader {
  /** `global`: a peer as usual; `loc-rib`: the router's own table. */
  readonly type: "global" | "rd" | "local" | "loc-rib";
  /** Eight octets, zero but for peers of an RD instance. */
  readonly distinguisher: bigint;
  /** Undefined for `loc-rib`. */
  readonly address: Ip | undefined;
  readonly asn: number;
  /** BGP identifier, unsigned. */
  readonly identifier: number;
  /** When the routes were received, since the epoch; 0: not known. */
  readonly seconds: number;
  readonly microseconds: number;
  /** L: after the policy. */
  readonly postPolicy: boolean;
  /** A: the AS_PATH in the message has AS numbers of two octets. */
  readonly twoOctetAs: boolean;
  /** O: what we send to the peer, not what it sends. */
  readonly adjRibOut: boolean;
  /** F, with `loc-rib` only: not all of the table. */
  readonly filtered: boolean;
}

export const peerHeaderLength = 42;

const types: readonly PeerHeader["type"][] = ["global", "rd", "local", "loc-rib"];
const flag = { ipv6: 0x80, postPolicy: 0x40, twoOctetAs: 0x20, adjRibOut: 0x10, filtered: 0x80 } as const;
const locRib = 3;

export function writePeerHeader(h: PeerHeader, w: Writer): void {
  const address = h.address === undefined ? new Uint8Array(4) : ipToBytes(h.address);
  w.u8(types.indexOf(h.type)).u8(flagsOf(h)).u64(h.distinguisher);
  w.zeros(16 - address.length).put(address);
  w.u32(h.asn).u32(h.identifier).u32(h.seconds).u32(h.microseconds);
}

function flagsOf(h: PeerHeader): number {
  if (h.type === "loc-rib") return h.filtered ? flag.filtered : 0;
  const ipv6 = h.address !== undefined && !isIp4(h.address) ? flag.ipv6 : 0;
  return ipv6 | (h.postPolicy ? flag.postPolicy : 0) | (h.twoOctetAs ? flag.twoOctetAs : 0) | (h.adjRibOut ? flag.adjRibOut : 0);
}

/** @returns what is wrong when the type is not known */
export function readPeerHeader(r: Reader): PeerHeader | string {
  const code = r.u8();
  const flags = r.u8();
  const distinguisher = r.u64();
  const address = r.take(16);
  const type = types[code];
  if (type === undefined) return `peer type ${code} is not known`;
  const has = (bit: number): boolean => code !== locRib && (flags & bit) !== 0;
  const ipv6 = has(flag.ipv6);
  return {
    type,
    distinguisher,
    address: code === locRib ? undefined : ipFromBytes(address, ipv6 ? 0 : 12, ipv6 ? 16 : 4),
    asn: r.u32(),
    identifier: r.u32(),
    seconds: r.u32(),
    microseconds: r.u32(),
    postPolicy: has(flag.postPolicy),
    twoOctetAs: has(flag.twoOctetAs),
    adjRibOut: has(flag.adjRibOut),
    filtered: code === locRib && (flags & flag.filtered) !== 0,
  };
}
