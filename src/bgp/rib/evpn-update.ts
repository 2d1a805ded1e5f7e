// SPDX-License-Identifier: Apache-2.0
/** UPDATEs with EVPN routes alone, written in place where they are sent from — RFC 4271 §4.3, RFC 4760. */
import type { MessageBuffer } from "./message-buffer.ts";

const headerLength = 19;
const marker = 0xffffffff;

/** Marker, room for the length, type UPDATE, no withdrawn IPv4 routes. @returns where the length of the attributes goes */
function putHeader(view: DataView, start: number): number {
  for (let i = 0; i < 16; i += 4) view.setUint32(start + i, marker);
  view.setUint8(start + 18, 2);
  view.setUint16(start + headerLength, 0);
  return start + headerLength + 2;
}

/**
 * RFC 7606 §5.1: MP_REACH_NLRI is the first attribute. The next hop stays, to other ASes too: it is the tunnel endpoint, not a hop — RFC 8365 §5.1.
 * @param octets of a set: its next hop first. @returns where the NLRI start
 */
export function putReachHead(buffer: MessageBuffer, start: number, octets: Uint8Array): number {
  const { bytes, view } = buffer;
  let o = putHeader(view, start) + 2;
  view.setUint16(o, 0x900e);
  o += 4;
  o = putFamily(bytes, o);
  o = putRun(octets, 0, 1 + octets[0]!, bytes, o);
  bytes[o++] = 0;
  return o;
}

/** With an MP_UNREACH_NLRI alone. @returns where the NLRI start */
export function putUnreachHead({ bytes, view }: MessageBuffer, start: number): number {
  const o = putHeader(view, start) + 2;
  view.setUint16(o, 0x900f);
  return putFamily(bytes, o + 4);
}

/** AFI 25, SAFI 70. */
function putFamily(bytes: Uint8Array, at: number): number {
  bytes[at] = 0;
  bytes[at + 1] = 25;
  bytes[at + 2] = 70;
  return at + 3;
}

/** Of short runs, for which `set` and `subarray` cost more than the copying. @returns where the copy ends */
export function putRun(from: Uint8Array, at: number, end: number, to: Uint8Array, start: number): number {
  if (end - at > 96) {
    to.set(from.subarray(at, end), start);
    return start + end - at;
  }
  let o = start;
  for (let i = at; i < end; i++) to[o++] = from[i]!;
  return o;
}

/** Fills in the lengths. @param routesEnd where the NLRI end, which are in the first attribute */
export function finishUpdate(view: DataView, start: number, routesEnd: number, end: number): void {
  const mp = start + headerLength + 4;
  view.setUint16(mp + 2, routesEnd - mp - 4);
  view.setUint16(start + 16, end - start);
  view.setUint16(start + headerLength + 2, end - start - headerLength - 4);
}
