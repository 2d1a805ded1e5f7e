// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipFromBytes } from "../../base/net/ip.ts";
import { type Mac, macFromBytes } from "../../base/net/mac.ts";
import { decodeEvpn, evpnKeyRange, evpnLength, formatEvpn } from "../../bgp/wire/nlri/evpn/table.ts";
import { u24At, u32At } from "../../bgp/wire/nlri/octets-at.ts";
import type { ImportInfo } from "./import-info.ts";

/**
 * A best route of type 2 or 3, kept whether somebody imports it or not: a later configuration may want it. One flat object with what import
 * needs, or 50,000 of them would take twice the memory and time (bench/figures/fib.ts); what people read is made from the key.
 */
export interface Candidate {
  /** {@link candidateKey} of its NLRI. */
  readonly key: string;
  /** Ethernet tag. */
  readonly tag: number;
  /** Undefined: a type 3 route. */
  readonly mac: Mac | undefined;
  readonly ip: Ip | undefined;
  /** Of the MAC-VRF (RFC 8365 §5.1.3: the VNI); 0 in a type 3 route, which has it in another place. */
  readonly label: number;
  readonly info: ImportInfo;
  /** Grows with every route that arrives or changes. */
  readonly stamp: number;
  /** Neighbours in the list of those with the same attributes. */
  before: Candidate | undefined;
  after: Candidate | undefined;
}

const macIpType = 2;
const multicastType = 3;
/** Octets of an ESI, which is not part of the key. */
const esiLength = 10;
/** Where the ESI would be in the key, behind type and RD. */
const esiAt = 9;

const scratch = Buffer.alloc(64);

/** What makes two NLRI the same route (RFC 7432 §7), as a string of one character per octet. Undefined for other types and for what is malformed. */
export function candidateKey(nlri: Uint8Array): string | undefined {
  const type = nlri[0];
  if ((type !== macIpType && type !== multicastType) || evpnLength(nlri, 0, nlri.length) !== nlri.length) return undefined;
  let length = 0;
  for (const [from, to] of evpnKeyRange(nlri, 0, nlri.length)) for (let i = from; i < to; i++) scratch[length++] = nlri[i]!;
  return scratch.toString("latin1", 0, length);
}

/** Of an NLRI that has a {@link candidateKey}. */
export function decodeCandidate(key: string, nlri: Uint8Array, info: ImportInfo, stamp: number): Candidate {
  const list = { before: undefined, after: undefined };
  if (nlri[0] === multicastType) return { key, tag: u32At(nlri, 10), mac: undefined, ip: undefined, label: 0, info, stamp, ...list };
  // RD 8 | ESI 10 | tag 4 | MAC bits 1 | MAC 6 | IP bits 1 | IP | label 3, behind type and length
  const octets = nlri[31]! / 8;
  const ip = octets === 0 ? undefined : ipFromBytes(nlri, 32, octets);
  return { key, tag: u32At(nlri, 20), mac: macFromBytes(nlri, 25), ip, label: u24At(nlri, 32 + octets), info, stamp, ...list };
}

/** As FRR prints the route, with its RD. */
export function formatCandidate({ key }: Candidate): string {
  const octets = Buffer.from(key, "latin1");
  const type = octets[0]!;
  const value =
    type === macIpType
      ? [octets.subarray(1, esiAt), Buffer.alloc(esiLength), octets.subarray(esiAt), Buffer.alloc(3)]
      : [octets.subarray(1)];
  const length = value.reduce((n, part) => n + part.length, 0);
  const route = decodeEvpn(Buffer.concat([Buffer.of(type, length), ...value]));
  return `${formatEvpn(route)} RD ${"rd" in route ? route.rd : ""}`;
}
