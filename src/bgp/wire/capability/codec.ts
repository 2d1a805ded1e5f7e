// SPDX-License-Identifier: Apache-2.0
import type { Reader } from "../../../base/bytes/reader.ts";
import type { Writer } from "../../../base/bytes/writer.ts";

/** One row of the capability table. Code and length are read and written around it. */
export interface CapabilityCodec<C> {
  /** IANA "Capability Codes". */
  readonly code: number;
  readonly name: string;
  /** `r` holds exactly the value. @throws Malformed or ReadPastEnd */
  decode(r: Reader): C;
  /** Writes the value only. */
  encode(capability: C, w: Writer): void;
}
