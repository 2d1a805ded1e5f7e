// SPDX-License-Identifier: Apache-2.0
import { Writer } from "../../../base/bytes/writer.ts";
import type { CodecContext } from "../context.ts";
import { NotEncodable } from "../errors.ts";
import type { Attribute } from "./attribute.ts";
import { extendedLengthFlag } from "./flags.ts";
import { attributeCode, attributeName, encodeAttributeValue } from "./table.ts";

/** The attributes in their order. The extended-length bit is kept where it is set, and set where the value needs it. */
export function encodeAttributes(attributes: readonly Attribute[], context: CodecContext): Uint8Array<ArrayBuffer> {
  const w = new Writer(512);
  for (const a of attributes) encodeAttributeInto(a, w, context);
  return w.finish();
}

/** @throws NotEncodable when the value passes 65535 octets */
export function encodeAttributeInto(a: Attribute, w: Writer, context: CodecContext): void {
  const value = new Writer(64);
  encodeAttributeValue(a, value, context);
  const code = attributeCode(a);
  if (value.length > 0xffff) throw new NotEncodable(`${attributeName(code)}: ${value.length} octets, at most 65535 fit`);
  if ((a.flags & extendedLengthFlag) !== 0 || value.length > 255) {
    w.u8(a.flags | extendedLengthFlag)
      .u8(code)
      .u16(value.length);
  } else w.u8(a.flags).u8(code).u8(value.length);
  w.put(value.finish());
}
