// SPDX-License-Identifier: Apache-2.0
import { Writer } from "../../base/bytes/writer.ts";
import type { CodecContext } from "./context.ts";
import { NotEncodable } from "./errors.ts";
import type { AttributeFault } from "./fault.ts";
import { frameAt, headerLength, maxExtendedMessage, messageType } from "./frame.ts";
import { type Keepalive, keepalive } from "./keepalive.ts";
import { type Notification, decodeNotification, encodeNotification, notification } from "./notification.ts";
import { type Open, decodeOpen, encodeOpen } from "./open.ts";
import { type RouteRefresh, decodeRouteRefresh, encodeRouteRefresh } from "./route-refresh.ts";
import { type Update, decodeUpdate, encodeUpdate } from "./update.ts";

export type Message = Open | Update | Notification | Keepalive | RouteRefresh;

export type DecodedMessage =
  /** `faults` is empty but for an UPDATE that RFC 7606 lets us use in part; none of them is a `reset`. */
  | { readonly ok: true; readonly message: Message; readonly faults: readonly AttributeFault[] }
  /** The session has to end with this NOTIFICATION. */
  | { readonly ok: false; readonly message: string; readonly notification: Notification; readonly faults: readonly AttributeFault[] };

/** Decodes one whole message, header included. Never throws, whatever the octets. */
export function decodeMessage(whole: Uint8Array, context: CodecContext): DecodedMessage {
  const frame = frameAt(whole, 0, whole.length, maxExtendedMessage);
  if (frame.kind === "fault") return refuse(frame.message, frame.notification);
  if (frame.kind === "more" || frame.length !== whole.length) {
    const length = frame.kind === "more" ? `at least ${frame.wanted}` : String(frame.length);
    return refuse(`${whole.length} octets, the header says ${length}`, notification(1, 2, whole.slice(16, 18)));
  }
  const body = whole.subarray(headerLength);
  switch (frame.type) {
    case messageType.open: {
      const decoded = decodeOpen(body);
      return decoded.ok ? accept(decoded.open) : refuse(decoded.message, decoded.notification);
    }
    case messageType.update: {
      const { update, faults } = decodeUpdate(body, context);
      const fatal = faults.find((f) => f.reaction === "reset");
      if (fatal) return refuse(fatal.message, fatal.notification, faults);
      return { ok: true, message: update!, faults };
    }
    case messageType.notification:
      return accept(decodeNotification(body));
    case messageType.routeRefresh: {
      const decoded = decodeRouteRefresh(body, whole);
      return decoded.kind === "notification" ? refuse("BoRR or EoRR of a wrong length", decoded) : accept(decoded);
    }
    default:
      return accept(keepalive);
  }
}

function accept(message: Message): DecodedMessage {
  return { ok: true, message, faults: [] };
}

function refuse(message: string, reply: Notification, faults: readonly AttributeFault[] = []): DecodedMessage {
  return { ok: false, message, notification: reply, faults };
}

const typeOf: { readonly [K in Message["kind"]]: number } = {
  open: messageType.open,
  update: messageType.update,
  notification: messageType.notification,
  keepalive: messageType.keepalive,
  "route-refresh": messageType.routeRefresh,
};

/** A whole message, header included. @throws NotEncodable when it passes 65535 octets; the limit of the session is the caller's */
export function encodeMessage(message: Message, context: CodecContext): Uint8Array<ArrayBuffer> {
  const w = new Writer(512);
  w.put(marker).u16(0).u8(typeOf[message.kind]);
  encodeBody(message, w, context);
  if (w.length > maxExtendedMessage) throw new NotEncodable(`message of ${w.length} octets, at most ${maxExtendedMessage} fit`);
  w.patchU16(16, w.length);
  return w.finish();
}

const marker = new Uint8Array(16).fill(0xff);

function encodeBody(message: Message, w: Writer, context: CodecContext): void {
  switch (message.kind) {
    case "open":
      return encodeOpen(message, w);
    case "update":
      return encodeUpdate(message, w, context);
    case "notification":
      return encodeNotification(message, w);
    case "route-refresh":
      return encodeRouteRefresh(message, w);
    case "keepalive":
  }
}
