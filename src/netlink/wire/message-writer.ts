// SPDX-License-Identifier: Apache-2.0
import { headerLength } from "./message.ts";

/** Builds messages one after the other in one growing buffer, which is reused batch after batch. Host byte order. */
export class MessageWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView<ArrayBuffer>;
  #length = 0;
  #messageAt = 0;

  constructor(capacity = 1 << 14) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  /** Forgets everything written. */
  reset(): void {
    this.#length = 0;
  }

  /** Takes back what was written since `length` was `to`. */
  truncate(to: number): void {
    this.#length = to;
  }

  /** A view of what was written; valid until the next write. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  #room(n: number): number {
    const at = this.#length;
    if (at + n > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#bytes.length * 2, at + n));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#length = at + n;
    return at;
  }

  beginMessage(type: number, flags: number, sequence: number): void {
    const at = this.#room(headerLength);
    this.#messageAt = at;
    this.#view.setUint32(at, 0, true);
    this.#view.setUint16(at + 4, type, true);
    this.#view.setUint16(at + 6, flags, true);
    this.#view.setUint32(at + 8, sequence, true);
    this.#view.setUint32(at + 12, 0, true); // port id 0: the kernel
  }

  /** Pads to 4 octets and writes the length. */
  endMessage(): void {
    this.#view.setUint32(this.#messageAt, this.#length - this.#messageAt, true);
    this.#pad();
  }

  /** Sets more flags on the message that begins at `messageAt`. */
  addFlags(messageAt: number, flags: number): void {
    this.#view.setUint16(messageAt + 6, this.#view.getUint16(messageAt + 6, true) | flags, true);
  }

  u8(value: number): this {
    const at = this.#room(1);
    this.#bytes[at] = value;
    return this;
  }

  u16(value: number): this {
    const at = this.#room(2);
    this.#view.setUint16(at, value, true);
    return this;
  }

  u32(value: number): this {
    const at = this.#room(4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  put(octets: Uint8Array): this {
    const at = this.#room(octets.length);
    this.#bytes.set(octets, at);
    return this;
  }

  zeros(n: number): this {
    const at = this.#room(n);
    this.#bytes.fill(0, at, at + n);
    return this;
  }

  #pad(): void {
    const over = this.#length & 3;
    if (over !== 0) this.zeros(4 - over);
  }

  #attributeHeader(type: number, size: number): void {
    const at = this.#room(4);
    this.#view.setUint16(at, size + 4, true);
    this.#view.setUint16(at + 2, type, true);
  }

  attribute(type: number, value: Uint8Array): this {
    this.#attributeHeader(type, value.length);
    this.put(value);
    this.#pad();
    return this;
  }

  attributeU8(type: number, value: number): this {
    this.#attributeHeader(type, 1);
    return this.u8(value).zeros(3);
  }

  attributeU16(type: number, value: number): this {
    this.#attributeHeader(type, 2);
    return this.u16(value).zeros(2);
  }

  attributeU32(type: number, value: number): this {
    this.#attributeHeader(type, 4);
    return this.u32(value);
  }

  /** Starts an attribute whose value is more attributes; give the result to {@link endNested}. */
  beginNested(type: number): number {
    const at = this.#room(4);
    this.#view.setUint16(at + 2, type, true);
    return at;
  }

  endNested(at: number): void {
    this.#view.setUint16(at, this.#length - at, true);
    this.#pad();
  }

  /** Overwrites a 16-bit value written before, such as the length of a `struct rtnexthop`. */
  patchU16(at: number, value: number): void {
    this.#view.setUint16(at, value, true);
  }
}
