// SPDX-License-Identifier: Apache-2.0
import { ReadPastEnd } from "../../base/bytes/reader.ts";

/** Thrown by the decoder of one field or attribute; the decoder of the message around it turns it into a fault. Never leaves this folder. */
export class Malformed extends Error {
  readonly code = "WEFT_BGP_MALFORMED";
  constructor(message: string) {
    super(message);
    this.name = "Malformed";
  }
}

/** Thrown by encoders for a value that has no wire form: a caller's mistake, never a peer's. */
export class NotEncodable extends Error {
  readonly code = "WEFT_BGP_NOT_ENCODABLE";
  constructor(message: string) {
    super(message);
    this.name = "NotEncodable";
  }
}

/** What is wrong with the octets, or undefined when `error` says nothing of octets and must be thrown on. */
export function malformedMessage(error: unknown): string | undefined {
  return error instanceof Malformed || error instanceof ReadPastEnd ? error.message : undefined;
}
