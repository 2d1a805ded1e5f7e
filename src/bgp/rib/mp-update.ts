// SPDX-License-Identifier: Apache-2.0
/** UPDATEs with nothing but multiprotocol routes, put together in a Writer — RFC 4271 §4.3, RFC 4760. */
import type { Writer } from "../../base/bytes/writer.ts";
import { headerLength, messageType } from "../wire/frame.ts";

/** AFI in two octets, SAFI. */
export type FamilyOctets = readonly [number, number, number];

/** Header and the two lengths before the attributes, both still 0. @returns where the message starts */
export function putUpdateHeader(out: Writer): number {
  const start = out.length;
  for (let i = 0; i < 4; i++) out.u32(0xffffffff);
  out.u16(0).u8(messageType.update).u16(0).u16(0);
  return start;
}

/** MP_REACH_NLRI or MP_UNREACH_NLRI as far as the family, with a length of two octets that is still 0. @returns where its value starts */
export function putMpAttribute(type: 14 | 15, family: FamilyOctets, out: Writer): number {
  out.u8(0x90).u8(type).u16(0);
  const value = out.length;
  for (const octet of family) out.u8(octet);
  return value;
}

/** The value of the attribute ends here. @param value where it starts */
export function finishMpAttribute(value: number, out: Writer): void {
  out.patchU16(value - 2, out.length - value);
}

/** The message ends here. @param start where it starts */
export function finishUpdate(start: number, out: Writer): void {
  out.patchU16(start + 16, out.length - start);
  out.patchU16(start + headerLength + 2, out.length - start - headerLength - 4);
}
