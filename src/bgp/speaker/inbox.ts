// SPDX-License-Identifier: Apache-2.0
import type { SessionEvent } from "../session/event.ts";
import type { Family } from "../wire/family.ts";
import { headerLength, messageType } from "../wire/frame.ts";
import { type Notification, decodeNotification, notification } from "../wire/notification.ts";
import { decodeOpen } from "../wire/open.ts";
import { decodeRouteRefresh } from "../wire/route-refresh.ts";
import type { Connection, ConnectionEvents } from "./connection.ts";
import { reasonOf } from "./errors.ts";
import type { EstablishedSession } from "./established-session.ts";
import { internalError } from "./events.ts";
import type { PeerContext } from "./peer-context.ts";

/** The peer behind an inbox. */
export interface InboxOwner {
  readonly name: string;
  handle(event: SessionEvent): void;
  session(): EstablishedSession | undefined;
  endOfRib(family: Family): void;
  /** The peer began, or ended, to announce all its routes of a family anew — RFC 7313. */
  refreshMark(family: Family, mark: "begin" | "end"): void;
  closed(c: Connection, reason: string): void;
  /** It has more routes than it may have. */
  overLimit(notification: Notification): void;
}

/** Turns what one peer's connections bring into events of its session; routes go to the RIB without a detour. */
export class Inbox implements ConnectionEvents {
  readonly #context: PeerContext;
  readonly #owner: InboxOwner;
  /** UPDATEs came in this read: the session hears of it once, not for each. */
  #updates = false;

  constructor(context: PeerContext, owner: InboxOwner) {
    this.#context = context;
    this.#owner = owner;
  }

  message(c: Connection, type: number, bytes: Uint8Array, start: number, end: number): boolean {
    try {
      const session = type === messageType.update ? this.#owner.session() : undefined;
      if (session?.connection === c) this.#update(session, bytes, start, end);
      else this.#owner.handle(this.#eventOf(c, type, bytes, start, end));
    } catch (error) {
      this.#broken(c, error);
    }
    return c.open;
  }

  fault(c: Connection, n: Notification, why: string): void {
    this.#owner.handle({ kind: "fault", connection: c.id, notification: n, why });
  }

  readDone(c: Connection, octets: number): boolean {
    if (this.#updates) {
      this.#updates = false;
      this.#context.changed();
      this.#owner.handle({ kind: "update", connection: c.id });
    }
    return this.#context.took(c, octets);
  }

  drained(c: Connection): void {
    const session = this.#owner.session();
    if (session?.connection !== c) return;
    this.#context.rib.drained(session.slot);
    this.#context.changed();
  }

  closed(c: Connection, reason: string): void {
    this.#owner.closed(c, reason);
  }

  gone(c: Connection): void {
    this.#context.sockets.delete(c);
  }

  #update(session: EstablishedSession, bytes: Uint8Array, start: number, end: number): void {
    this.#updates = true;
    const outcome = session.update(bytes, start, end);
    if (outcome.kind === "go-on") {
      if (outcome.endOfRib !== undefined) this.#owner.endOfRib(outcome.endOfRib);
      return;
    }
    this.#updates = false;
    this.#context.changed();
    const { notification: n } = outcome;
    if (outcome.kind === "fault")
      this.#owner.handle({ kind: "fault", connection: session.connection.id, notification: n, why: outcome.why });
    else this.#owner.overLimit(n);
  }

  #eventOf(c: Connection, type: number, bytes: Uint8Array, start: number, end: number): SessionEvent {
    const connection = c.id;
    const body = bytes.subarray(start, end);
    switch (type) {
      case messageType.open: {
        const decoded = decodeOpen(body);
        c.receivedOpen = bytes.slice(start - headerLength, end);
        if (decoded.ok) return { kind: "open", connection, open: decoded.open };
        return { kind: "fault", connection, notification: decoded.notification, why: decoded.message };
      }
      case messageType.notification:
        return { kind: "notification", connection, notification: decodeNotification(body) };
      case messageType.keepalive:
        return { kind: "keepalive", connection };
      case messageType.routeRefresh: {
        const decoded = decodeRouteRefresh(body, bytes.subarray(start - headerLength, end));
        if (decoded.kind === "notification") {
          return { kind: "fault", connection, notification: decoded, why: "BoRR or EoRR of a wrong length" };
        }
        const session = this.#owner.session();
        const mark = session?.connection === c ? session.refreshReceived(decoded) : undefined;
        if (mark !== undefined) this.#owner.refreshMark(decoded.family, mark);
        return { kind: "route-refresh", connection };
      }
      default:
        return { kind: "update", connection };
    }
  }

  /** A fault of our own must not cost more than the session it came up in. */
  #broken(c: Connection, error: unknown): void {
    const why = reasonOf(error);
    this.#context.journal.emit(internalError, { peer: this.#owner.name, error: why });
    this.#owner.handle({ kind: "fault", connection: c.id, notification: notification(6, 0), why: "fault of our own" });
  }
}
