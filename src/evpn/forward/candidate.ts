// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipFromBytes } from "../../base/net/ip.ts";
import { type Mac, macFromBytes } from "../../base/net/mac.ts";
import { maskIp } from "../../base/net/prefix.ts";
import { type Esi, esiFromBytes, zeroEsi } from "../../bgp/wire/nlri/evpn/esi.ts";
import { decodeEvpn, evpnKeyRange, evpnLength, formatEvpn } from "../../bgp/wire/nlri/evpn/table.ts";
import { u24At, u32At } from "../../bgp/wire/nlri/octets-at.ts";
import type { ImportInfo } from "./import-info.ts";

/**
 * A best route of type 1, 2, 3 or 5, kept whether somebody imports it or not: a later configuration may want it. One flat object with what import
 * needs, or 50,000 of them would take twice the memory and time (bench/figures/fib.ts); what people read is made from the key.
 */
export interface Candidate {
  /** {@link candidateKey} of its NLRI. */
  readonly key: string;
  /** Ethernet tag. */
  readonly tag: number;
  /** Of a type 2 route. */
  readonly mac: Mac | undefined;
  /** Of a type 2 route, if it has one; of a type 5 route that of the prefix, without host bits. */
  readonly ip: Ip | undefined;
  /** Of the prefix of a type 5 route, in bits. */
  readonly length: number;
  /** Of the MAC-VRF, of type 5 of the IP-VRF (RFC 8365 §5.1.3: the VNI); 0 in a type 3 route, which has it in another place. */
  readonly label: number;
  /** Of the IP-VRF (RFC 9135 §5.1), of a type 2 route; 0 without. */
  readonly label2: number;
  /** Of types 1 and 5. */
  readonly esi: Esi;
  /** Of type 5, where the prefix is behind a station (RFC 9136 §3.1). */
  readonly gateway: Ip | undefined;
  readonly info: ImportInfo;
  /** Grows with every route that arrives or changes. */
  readonly stamp: number;
  /** Neighbours in the list of those with the same attributes. */
  before: Candidate | undefined;
  after: Candidate | undefined;
}

export const segmentType = 1;
export const macIpType = 2;
export const multicastType = 3;
export const prefixType = 5;
/** Octets of an ESI, which is not part of the key. */
const esiLength = 10;
/** Where the ESI would be in the key, behind type and RD. */
const esiAt = 9;

const scratch = Buffer.alloc(64);

export function isImportable(type: number | undefined): boolean {
  return type === segmentType || type === macIpType || type === multicastType || type === prefixType;
}

export function typeOf(candidate: Candidate): number {
  return candidate.key.charCodeAt(0);
}

/** VNI of the IP-VRF: the second label of a MAC/IP route, the only one of a prefix. */
export function l3Label({ mac, label, label2 }: Candidate): number {
  return mac === undefined ? label : label2;
}

/** What makes two NLRI the same route (RFC 7432 §7), as a string of one character per octet. Undefined for other types and for what is malformed. */
export function candidateKey(nlri: Uint8Array): string | undefined {
  if (!isImportable(nlri[0]) || evpnLength(nlri, 0, nlri.length) !== nlri.length) return undefined;
  let length = 0;
  for (const [from, to] of evpnKeyRange(nlri, 0, nlri.length)) for (let i = from; i < to; i++) scratch[length++] = nlri[i]!;
  return scratch.toString("latin1", 0, length);
}

/** Of an NLRI that has a {@link candidateKey}. One literal for all types: objects of one shape are quick to make and to read. */
export function decodeCandidate(key: string, nlri: Uint8Array, info: ImportInfo, stamp: number): Candidate {
  let [tag, length, label, label2] = [0, 0, 0, 0];
  let mac: Mac | undefined;
  let ip: Ip | undefined;
  let gateway: Ip | undefined;
  let esi = zeroEsi;
  // Offsets count type and length of the NLRI.
  if (nlri[0] === macIpType) {
    // RD 8 | ESI 10 | tag 4 | MAC bits 1 | MAC 6 | IP bits 1 | IP | label 3 | label 0/3
    const octets = nlri[31]! / 8;
    const labels = 32 + octets;
    tag = u32At(nlri, 20);
    mac = macFromBytes(nlri, 25);
    if (octets > 0) ip = ipFromBytes(nlri, 32, octets);
    label = u24At(nlri, labels);
    if (nlri.length > labels + 3) label2 = u24At(nlri, labels + 3);
  } else if (nlri[0] === prefixType) {
    // RD 8 | ESI 10 | tag 4 | prefix bits 1 | prefix 4/16 | gateway 4/16 | label 3
    const octets = nlri[1] === 34 ? 4 : 16;
    esi = esiFromBytes(nlri, 10);
    tag = u32At(nlri, 20);
    length = nlri[24]!;
    ip = maskIp(ipFromBytes(nlri, 25, octets), length);
    gateway = ipFromBytes(nlri, 25 + octets, octets);
    if (gateway === "0.0.0.0" || gateway === "::") gateway = undefined;
    label = u24At(nlri, 25 + octets * 2);
  } else if (nlri[0] === segmentType) {
    // RD 8 | ESI 10 | tag 4 | label 3
    esi = esiFromBytes(nlri, 10);
    tag = u32At(nlri, 20);
    label = u24At(nlri, 24);
  } else tag = u32At(nlri, 10);
  return { key, tag, mac, ip, length, label, label2, esi, gateway, info, stamp, before: undefined, after: undefined };
}

/** As FRR prints the route, with its RD. */
export function formatCandidate({ key }: Candidate): string {
  const octets = Buffer.from(key, "latin1");
  const value = valueOf(octets);
  const length = value.reduce((n, part) => n + part.length, 0);
  const route = decodeEvpn(Buffer.concat([Buffer.of(octets[0]!, length), ...value]));
  return `${formatEvpn(route)} RD ${"rd" in route ? route.rd : ""}`;
}

/** The route's value with zeros for what is not in its key. */
function valueOf(key: Buffer): readonly Uint8Array[] {
  const split = [key.subarray(1, esiAt), Buffer.alloc(esiLength), key.subarray(esiAt)];
  switch (key[0]) {
    case macIpType:
      return [...split, Buffer.alloc(3)];
    case prefixType:
      // Behind the prefix a gateway of its family and the label.
      return [...split, Buffer.alloc(key.length - esiAt - 5 + 3)];
    case segmentType:
      return [key.subarray(1), Buffer.alloc(3)];
    default:
      return [key.subarray(1)];
  }
}
