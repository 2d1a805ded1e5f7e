// SPDX-License-Identifier: Apache-2.0
import type net from "node:net";
import type { Clock, Timer } from "../../base/run/clock.ts";
import { sendNow } from "../../base/sys/tcp-socket.ts";
import type { ConnectionId } from "../session/timer-name.ts";
import { type Notification, notification } from "../wire/notification.ts";
import { descriptorOf } from "./listener.ts";
import { MessageFramer } from "./message-framer.ts";
import { receiveInto } from "./receive-into.ts";

/** What becomes of a connection, told to the peer that has it. */
export interface ConnectionEvents {
  /** One message's body; see MessageSink. @returns false when the connection was closed meanwhile */
  message(c: Connection, type: number, bytes: Uint8Array, start: number, end: number): boolean;
  /** The stream cannot be followed any further. */
  fault(c: Connection, n: Notification, why: string): void;
  /** All that one read brought has been handed over. @returns false when nothing more shall be read before {@link Connection.resume} */
  readDone(c: Connection, octets: number): boolean;
  /** What was queued has gone to the kernel. */
  drained(c: Connection): void;
  /** TCP ended it, not {@link Connection.close}. */
  closed(c: Connection, reason: string): void;
  /** Its socket is gone, in whatever way. */
  gone(c: Connection): void;
}

const nothing = new Uint8Array(0);

/** Octets that may wait for a peer's TCP before it counts as congested. */
const congestedAt = 4 * 1024 * 1024;
/** How often a connection that must prove itself is asked whether it has, ms. */
const proofAsked = 10;
/** How long a peer that sends nothing any more may take to read our last words, ms. */
const lingerLimit = 2_000;
/** How many times as long it may take while it goes on sending: it has not seen them yet. */
const lingerRounds = 8;
/** SendHoldTime of RFC 9687 §4, ms: after so long without taking a single octet a peer has stopped reading for good. */
const sendHold = 480_000;

/** One TCP connection with a peer: frames what comes, queues what goes. */
export class Connection {
  readonly id: ConnectionId;
  readonly framer: MessageFramer;
  messagesIn = 0;
  messagesOut = 0;
  /** The OPENs that were exchanged, whole. */
  sentOpen: Uint8Array = nothing;
  receivedOpen: Uint8Array = nothing;
  octetsIn = 0;
  octetsOut = 0;
  readonly #socket: net.Socket;
  readonly #fd: number;
  readonly #clock: Clock;
  readonly #events: ConnectionEvents;
  #open = true;
  #linger: Timer | undefined;
  /** Octets came that nobody reads any more. */
  #sendsOn = false;
  #sendHold: Timer | undefined;
  #proof: Timer | undefined;

  /**
   * @param connected a socket of which nothing has been read
   * @param proof nothing is read before what it gives says so
   */
  constructor(
    id: ConnectionId,
    connected: net.Socket,
    clock: Clock,
    events: ConnectionEvents,
    proof?: (socket: net.Socket) => () => boolean,
  ) {
    this.id = id;
    const socket = receiveInto(connected, (bytes, length) => this.#read(bytes, length));
    this.#socket = socket;
    this.#fd = descriptorOf(socket);
    this.#clock = clock;
    this.#events = events;
    this.framer = new MessageFramer({
      message: (type, bytes, start, end) => {
        this.messagesIn++;
        return events.message(this, type, bytes, start, end) && this.#open;
      },
      fault: (n, why) => events.fault(this, n, why),
    });
    socket.setNoDelay(true);
    socket.on("drain", () => {
      if (this.#open) events.drained(this);
    });
    socket.on("error", (error) => this.#ended(errorWords(error)));
    socket.on("end", () => this.#ended("closed by the peer"));
    socket.on("close", () => {
      this.#linger?.cancel();
      this.#sendHold?.cancel();
      this.#proof?.cancel();
      this.#ended("closed");
      events.gone(this);
    });
    if (proof) {
      socket.pause();
      this.#awaitProof(proof(socket));
    } else {
      socket.resume();
    }
  }

  get open(): boolean {
    return this.#open;
  }

  get localAddress(): string | undefined {
    return this.#socket.localAddress;
  }

  get ports(): { readonly local: number; readonly remote: number } {
    return { local: this.#socket.localPort ?? 0, remote: this.#socket.remotePort ?? 0 };
  }

  /** Octets that the kernel has not taken yet. */
  get queued(): number {
    return this.#socket.writableLength;
  }

  /**
   * Sends whole messages, `count` of them; `done` is called once, when the octets went to the kernel or never will.
   * @returns false when the peer is congested; {@link ConnectionEvents.drained} says when it no longer is
   */
  write(bytes: Uint8Array, count: number, done?: () => void): boolean {
    if (!this.#open) {
      done?.();
      return true;
    }
    this.messagesOut += count;
    this.octetsOut += bytes.length;
    const sent = this.#sendNow(bytes);
    if (sent === bytes.length) {
      done?.();
      return true;
    }
    this.#socket.write(sent === 0 ? bytes : bytes.subarray(sent), done && (() => done()));
    if (this.#socket.writableLength > 0) this.#sendHold ??= this.#watchSending();
    return this.#socket.writableLength < congestedAt;
  }

  /** Reads nothing until {@link resume}. */
  pause(): void {
    if (this.#open) this.#socket.pause();
  }

  resume(): void {
    if (this.#open) this.#socket.resume();
  }

  /**
   * Ends it after what was written; from now on it is silent. Reading goes on for a moment, to nowhere: closing with unread
   * octets would make the kernel send a reset, and that overtakes a NOTIFICATION.
   */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#proof?.cancel();
    this.#socket.resume();
    this.#socket.end();
    this.#lingerOn(lingerRounds);
  }

  /** Ends it at once. */
  destroy(): void {
    this.#open = false;
    this.#linger?.cancel();
    this.#proof?.cancel();
    this.#socket.destroy();
  }

  /** What the kernel takes at once; nothing while older octets wait in the stream, or when its descriptor may be another's by now. */
  #sendNow(bytes: Uint8Array): number {
    const socket = this.#socket;
    return socket.writableLength === 0 && !socket.destroyed && socket.writable ? sendNow(this.#fd, bytes) : 0;
  }

  #lingerOn(rounds: number): void {
    this.#linger = this.#clock.after(lingerLimit, () => {
      const wait = this.#sendsOn && rounds > 1;
      this.#sendsOn = false;
      if (wait) this.#lingerOn(rounds - 1);
      else this.#socket.destroy();
    });
  }

  #awaitProof(proven: () => boolean): void {
    this.#proof = this.#clock.after(proofAsked, () => {
      if (!this.#open) return;
      if (proven()) this.#socket.resume();
      else this.#awaitProof(proven);
    });
  }

  #watchSending(): Timer {
    const taken = (): number => this.#socket.bytesWritten - this.#socket.writableLength;
    const before = taken();
    return this.#clock.after(sendHold, () => {
      this.#sendHold = undefined;
      if (!this.#open || this.#socket.writableLength === 0) return;
      if (taken() > before) this.#sendHold = this.#watchSending();
      else this.#events.fault(this, notification(8, 0), "the peer has read nothing for 8 minutes");
    });
  }

  #read(bytes: Uint8Array, length: number): boolean {
    if (!this.#open) {
      this.#sendsOn = true;
      return true;
    }
    this.octetsIn += length;
    this.framer.push(bytes, length);
    return !this.#open || this.#events.readDone(this, length);
  }

  #ended(reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#socket.destroy();
    this.#events.closed(this, reason);
  }
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "reset by the peer",
  EPIPE: "reset by the peer",
  EHOSTUNREACH: "no route to the peer, or it does not answer",
  ENETUNREACH: "no route to the peer's network",
  ETIMEDOUT: "timed out",
  EADDRNOTAVAIL: "the local address is not on this host",
};

/** A socket's error for people. */
export function errorWords(error: Error): string {
  const code = (error as NodeJS.ErrnoException).code;
  return (code !== undefined && words[code]) || error.message;
}
