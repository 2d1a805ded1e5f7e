// SPDX-License-Identifier: Apache-2.0
import { Reader } from "../../base/bytes/reader.ts";
import type { Writer } from "../../base/bytes/writer.ts";

/**
 * NOTIFICATION — RFC 4271 §4.5.
 *
 *   code 1 | subcode 1 | data
 */
export interface Notification {
  readonly kind: "notification";
  readonly code: number;
  readonly subcode: number;
  readonly data: Uint8Array;
}

/** A NOTIFICATION to send: what every fault that ends a session carries. */
export function notification(code: number, subcode: number, data: Uint8Array = new Uint8Array(0)): Notification {
  return { kind: "notification", code, subcode, data };
}

/** @throws ReadPastEnd when the body has fewer than two octets */
export function decodeNotification(body: Uint8Array): Notification {
  const r = new Reader(body);
  return { kind: "notification", code: r.u8(), subcode: r.u8(), data: r.rest().slice() };
}

export function encodeNotification(n: Notification, w: Writer): void {
  w.u8(n.code).u8(n.subcode).put(n.data);
}
