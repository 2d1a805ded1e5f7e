// SPDX-License-Identifier: Apache-2.0
import type net from "node:net";
import { errorWords } from "../../bgp/speaker/connection.ts";

/** Below this there is room for more that can wait, octets. */
const lowWater = 1 << 20;

export interface LinkEvents {
  /** There is room again. */
  ready(): void;
  closed(reason: string): void;
}

/** The connection with a station: what is sent within a turn of the loop goes out as one write. */
export class Link {
  readonly #socket: net.Socket;
  #pending: Uint8Array[] = [];
  #pendingOctets = 0;
  #flush: NodeJS.Immediate | undefined;
  #open = true;

  constructor(socket: net.Socket, events: LinkEvents) {
    this.#socket = socket;
    const closed = (reason: string): void => {
      if (!this.#open) return;
      this.destroy();
      events.closed(reason);
    };
    // A station has nothing to say — RFC 7854 §3.2; reading tells when it goes.
    socket.resume();
    socket.on("drain", () => events.ready());
    socket.on("error", (error) => closed(errorWords(error)));
    socket.on("end", () => closed("closed by the station"));
    socket.on("close", () => closed("closed"));
  }

  /** Octets that the kernel has not taken yet. */
  get queued(): number {
    return this.#socket.writableLength + this.#pendingOctets;
  }

  get ready(): boolean {
    return this.#open && this.queued < lowWater;
  }

  send(bytes: Uint8Array): void {
    if (!this.#open) return;
    this.#pending.push(bytes);
    this.#pendingOctets += bytes.length;
    this.#flush ??= setImmediate(() => this.#write());
  }

  /** Closes after what was sent, or at once when that is not taken within `limit` ms. */
  close(limit: number): void {
    this.#write();
    this.#open = false;
    this.#socket.end();
    const timer = setTimeout(() => this.#socket.destroy(), limit);
    this.#socket.once("close", () => clearTimeout(timer));
  }

  destroy(): void {
    this.#open = false;
    if (this.#flush) clearImmediate(this.#flush);
    this.#pending = [];
    this.#pendingOctets = 0;
    this.#socket.destroy();
  }

  #write(): void {
    if (this.#flush) clearImmediate(this.#flush);
    this.#flush = undefined;
    if (this.#pendingOctets === 0) return;
    const bytes = this.#pending.length === 1 ? this.#pending[0]! : Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingOctets = 0;
    this.#socket.write(bytes);
  }
}
