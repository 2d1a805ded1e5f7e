// SPDX-License-Identifier: Apache-2.0
import type { Reader } from "../../../base/bytes/reader.ts";
import type { Writer } from "../../../base/bytes/writer.ts";
import type { CodecContext } from "../context.ts";
import type { Reaction } from "../fault.ts";

/** One row of the attribute table: all that differs from attribute to attribute. Flags and length are read and written around it. */
export interface AttributeCodec<A> {
  /** IANA "BGP Path Attributes". */
  readonly code: number;
  /** As the RFC writes it. */
  readonly name: string;
  /** The optional and transitive bits that it must carry. */
  readonly flags: number;
  /** RFC 7606 §7. */
  readonly whenMalformed: Reaction;
  /** `r` holds exactly the value. @throws Malformed or ReadPastEnd */
  decode(r: Reader, flags: number, context: CodecContext): A;
  /** Writes the value only. */
  encode(attribute: A, w: Writer, context: CodecContext): void;
  /** The value for people. */
  format(attribute: A): string;
}
