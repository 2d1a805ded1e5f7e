// SPDX-License-Identifier: Apache-2.0
import { NetlinkDecodeError } from "../errors.ts";
import { u16At } from "./scalar.ts";

export const NLA_F_NESTED = 0x8000;
const typeMask = 0x3fff; // without NLA_F_NESTED and NLA_F_NET_BYTEORDER

/** An attribute that this library does not know, kept as it came. */
export interface RawAttribute {
  readonly type: number;
  readonly bytes: Uint8Array;
}

/**
 * Walks the attributes of a message without copying: call {@link next} until it is false, then read `type`, `start`, `end`.
 *
 * ```
 * +---------------+---------------+----------------------+
 * | length with   | type          | value, padded to 4   |
 * | header, u16   | u16           |                      |
 * +---------------+---------------+----------------------+
 * ```
 */
export class AttributeCursor {
  readonly bytes: Uint8Array;
  type = 0;
  start = 0;
  end = 0;
  #at: number;
  readonly #limit: number;

  constructor(bytes: Uint8Array, at = 0, limit = bytes.length) {
    this.bytes = bytes;
    this.#at = at;
    this.#limit = limit;
  }

  /** @throws NetlinkDecodeError when a length is impossible */
  next(): boolean {
    const at = this.#at;
    // Fewer octets than a header are padding, as the kernel's own nla_ok() has it.
    if (at + 4 > this.#limit) return false;
    const size = u16At(this.bytes, at);
    if (size < 4 || at + size > this.#limit) throw new NetlinkDecodeError(`attribute length ${size} impossible`, at);
    this.type = u16At(this.bytes, at + 2) & typeMask;
    this.start = at + 4;
    this.end = at + size;
    this.#at = at + ((size + 3) & ~3);
    return true;
  }

  /** The value; a view. */
  value(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  /** Throws unless the value has at least `size` octets. */
  need(size: number): number {
    if (this.end - this.start < size) {
      throw new NetlinkDecodeError(`attribute ${this.type} has ${this.end - this.start} octets, needs ${size}`, this.start);
    }
    return this.start;
  }

  /** A cursor over the attributes within this one. */
  nested(): AttributeCursor {
    return new AttributeCursor(this.bytes, this.start, this.end);
  }

  raw(): RawAttribute {
    return { type: this.type, bytes: this.bytes.slice(this.start, this.end) };
  }
}
