// SPDX-License-Identifier: Apache-2.0
import { type Notification, notification } from "./notification.ts";

/**
 * The header that begins every message — RFC 4271 §4.1.
 *
 *   marker 16 (all ones) | length 2 (of all) | type 1
 */
export const headerLength = 19;
/** RFC 4271 §4. */
export const maxMessage = 4096;
/** RFC 8654. OPEN and KEEPALIVE stay within {@link maxMessage}. */
export const maxExtendedMessage = 65535;

export const messageType = { open: 1, update: 2, notification: 3, keepalive: 4, routeRefresh: 5 } as const;

/** Least octets of a whole message by type — RFC 4271 §6.1, RFC 2918 §3. */
const least: readonly number[] = [0, 29, 23, 21, 19, 23];

/** What stands at an offset of the receive buffer. */
export type Frame =
  | { readonly kind: "message"; readonly length: number; readonly type: number }
  /** `wanted` octets in all are needed before anything can be said. */
  | { readonly kind: "more"; readonly wanted: number }
  | { readonly kind: "fault"; readonly message: string; readonly notification: Notification };

/**
 * Looks at the message that begins at `offset`, without copying.
 * @param most 4096, or 65535 when RFC 8654 was negotiated
 */
export function frameAt(b: Uint8Array, offset: number, end: number, most: number): Frame {
  const whole = Math.min(16, end - offset);
  for (let i = 0; i < whole; i++) if (b[offset + i] !== 0xff) return fault(1, `marker octet ${i} is not 0xff`);
  if (end - offset < headerLength) return { kind: "more", wanted: headerLength };
  const length = (b[offset + 16]! << 8) | b[offset + 17]!;
  const type = b[offset + 18]!;
  const wrong = checkLength(length, type, most);
  if (wrong !== undefined) return fault(2, wrong, b.slice(offset + 16, offset + 18));
  if (type < 1 || type > 5) return fault(3, `message type ${type}`, Uint8Array.of(type));
  return end - offset < length ? { kind: "more", wanted: length } : { kind: "message", length, type };
}

function checkLength(length: number, type: number, most: number): string | undefined {
  const upper = type === messageType.open || type === messageType.keepalive ? maxMessage : most;
  if (length < headerLength || length > upper) return `message length ${length}, must be ${headerLength} to ${upper}`;
  if (type === messageType.keepalive && length !== headerLength) return `KEEPALIVE of ${length} octets, must be ${headerLength}`;
  if (length < (least[type] ?? 0)) return `message type ${type} of ${length} octets, must be at least ${least[type]}`;
  return undefined;
}

/** Message Header Error with the data that RFC 4271 §6.1 asks for: the erroneous length or type. */
function fault(subcode: number, message: string, data?: Uint8Array): Frame {
  return { kind: "fault", message, notification: notification(1, subcode, data) };
}
