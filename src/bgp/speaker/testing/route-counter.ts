// SPDX-License-Identifier: Apache-2.0
import type net from "node:net";
import { messageType } from "../../wire/frame.ts";
import { MessageFramer } from "../message-framer.ts";

/** Counts the different routes of `macRoute` that arrive on a socket; quick enough for hundreds of thousands. */
export class RouteCounter {
  readonly #seen = new Set<number>();

  constructor(socket: net.Socket) {
    const framer = new MessageFramer({
      message: (type, bytes, start, end) => {
        if (type === messageType.update) this.#update(bytes, start, end);
        return true;
      },
      fault: (_, message) => {
        throw new Error(message);
      },
    });
    socket.on("data", (chunk) => framer.push(chunk));
  }

  get size(): number {
    return this.#seen.size;
  }

  #update(b: Uint8Array, start: number, end: number): void {
    for (let at = start + 4; at < end;) {
      const extended = (b[at]! & 0x10) !== 0;
      const value = at + (extended ? 4 : 3);
      const length = extended ? (b[at + 2]! << 8) | b[at + 3]! : b[at + 2]!;
      if (b[at + 1] === 14) this.#reach(b, value + 5 + b[value + 3]!, value + length);
      at = value + length;
    }
  }

  #reach(b: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at += 35) this.#seen.add((b[at + 28]! << 16) | (b[at + 29]! << 8) | b[at + 30]!);
  }
}
