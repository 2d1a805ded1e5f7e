// SPDX-License-Identifier: Apache-2.0
import { toHex } from "../../base/bytes/hex.ts";
import { notificationCodeName, notificationSubcodeName } from "./notification-names.ts";
import { type Notification, notification } from "./notification.ts";

/** Subcodes of Cease, code 6 — RFC 4486 §3, RFC 8538 §3.1, RFC 9384 §3. */
export const ceaseSubcode = {
  maximumPrefixes: 1,
  administrativeShutdown: 2,
  peerDeconfigured: 3,
  administrativeReset: 4,
  connectionRejected: 5,
  otherConfigurationChange: 6,
  collisionResolution: 7,
  outOfResources: 8,
  hardReset: 9,
  bfdDown: 10,
} as const;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Cease with a few words for the operator at the other end — RFC 9003 §2; only subcodes 2 and 4 carry them.
 * More than 255 octets of UTF-8 are cut, never inside a character.
 */
export function cease(subcode: number, communication?: string): Notification {
  if (communication === undefined || communication === "") return notification(6, subcode);
  const octets = new Uint8Array(255);
  const { written } = new TextEncoder().encodeInto(communication, octets);
  return notification(6, subcode, Uint8Array.of(written, ...octets.subarray(0, written)));
}

/**
 * The words in a Cease of subcode 2 or 4; undefined when there are none or they are no UTF-8 of the length that is said.
 * RFC 9003 §6: they may hold anything, so control characters are shown as `?`: they must not reach a terminal or a log.
 */
export function shutdownCommunication(n: Notification): string | undefined {
  const { administrativeShutdown, administrativeReset } = ceaseSubcode;
  if (n.code !== 6 || (n.subcode !== administrativeShutdown && n.subcode !== administrativeReset)) return undefined;
  const length = n.data[0] ?? 0;
  if (length === 0 || n.data.length < 1 + length) return undefined;
  try {
    return utf8.decode(n.data.subarray(1, 1 + length)).replaceAll(/\p{Cc}/gu, "?");
  } catch {
    return undefined;
  }
}

/** Ends the session without graceful restart, for the reason that is wrapped — RFC 8538 §3. */
export function hardReset(reason: Notification): Notification {
  return notification(6, ceaseSubcode.hardReset, Uint8Array.of(reason.code, reason.subcode, ...reason.data));
}

/** The reason inside a Hard Reset; a Hard Reset inside another is none. */
export function hardResetReason(n: Notification): Notification | undefined {
  if (n.code !== 6 || n.subcode !== ceaseSubcode.hardReset || n.data.length < 2) return undefined;
  if (n.data[0] === 6 && n.data[1] === ceaseSubcode.hardReset) return undefined;
  return notification(n.data[0]!, n.data[1]!, n.data.slice(2));
}

/** For people: `Cease/Administrative Shutdown: "maintenance until 6"`, `UPDATE Message Error/Attribute Length Error (data 400102)`. */
export function describeNotification(n: Notification): string {
  const subcode = notificationSubcodeName(n.code, n.subcode);
  const name = subcode === "" ? notificationCodeName(n.code) : `${notificationCodeName(n.code)}/${subcode}`;
  const words = shutdownCommunication(n);
  if (words !== undefined) return `${name}: ${JSON.stringify(words)}`;
  const reason = hardResetReason(n);
  if (reason) return `${name}: ${describeNotification(reason)}`;
  return n.data.length === 0 ? name : `${name} (data ${toHex(n.data)})`;
}
