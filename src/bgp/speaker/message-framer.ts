// SPDX-License-Identifier: Apache-2.0
import { type Frame, frameAt, headerLength, maxMessage } from "../wire/frame.ts";
import type { Notification } from "../wire/notification.ts";

/** Where whole messages go. */
export interface MessageSink {
  /** `bytes[start, end)` is the body, valid only during the call. @returns false when nothing more shall be taken */
  message(type: number, bytes: Uint8Array, start: number, end: number): boolean;
  /** The stream cannot be followed any further. */
  fault(n: Notification, message: string): void;
}

/**
 * Cuts a stream of octets into messages. What arrives whole is handed on where it lies; only a message that spans two reads
 * is copied together.
 */
export class MessageFramer {
  /** Longest message allowed; 65535 once RFC 8654 was agreed on. */
  longest = maxMessage;
  readonly #sink: MessageSink;
  /** The beginning of a message: its first `#have` octets. */
  #partial = new Uint8Array(headerLength);
  #have = 0;

  constructor(sink: MessageSink) {
    this.#sink = sink;
  }

  /** Takes `chunk[0, end)`. @returns false when nothing more shall be pushed */
  push(chunk: Uint8Array, end = chunk.length): boolean {
    let at = 0;
    while (this.#have > 0) {
      const frame = frameAt(this.#partial, 0, this.#have, this.longest);
      if (frame.kind === "more") {
        at = this.#take(chunk, at, end, frame.wanted);
        if (this.#have < frame.wanted) return true;
      } else {
        this.#have = 0;
        if (!this.#deliver(this.#partial, 0, frame)) return false;
      }
    }
    while (at < end) {
      const frame = frameAt(chunk, at, end, this.longest);
      if (frame.kind === "more") {
        this.#take(chunk, at, end, frame.wanted);
        return true;
      }
      if (!this.#deliver(chunk, at, frame)) return false;
      if (frame.kind === "message") at += frame.length;
    }
    return true;
  }

  #deliver(bytes: Uint8Array, at: number, frame: Exclude<Frame, { readonly kind: "more" }>): boolean {
    if (frame.kind === "message") return this.#sink.message(frame.type, bytes, at + headerLength, at + frame.length);
    this.#sink.fault(frame.notification, frame.message);
    return false;
  }

  /** Moves octets of `chunk[from, end)` into the partial message until that has `upTo`; gives where it stopped. */
  #take(chunk: Uint8Array, from: number, end: number, upTo: number): number {
    const n = Math.min(end - from, upTo - this.#have);
    if (this.#partial.length < upTo) {
      const larger = new Uint8Array(upTo);
      larger.set(this.#partial.subarray(0, this.#have));
      this.#partial = larger;
    }
    this.#partial.set(chunk.subarray(from, from + n), this.#have);
    this.#have += n;
    return from + n;
  }
}
