// SPDX-License-Identifier: Apache-2.0
/** Thrown by {@link Reader} when a read would pass the end; carries where, so that callers can say which field. */
export class ReadPastEnd extends Error {
  readonly code = "WEFT_READ_PAST_END";
  readonly offset: number;
  readonly wanted: number;
  constructor(offset: number, wanted: number) {
    super(`needs ${wanted} more octets at offset ${offset}`);
    this.name = "ReadPastEnd";
    this.offset = offset;
    this.wanted = wanted;
  }
}

/** Bounds-checked big-endian cursor over octets that it does not copy. */
export class Reader {
  readonly bytes: Uint8Array;
  readonly end: number;
  offset: number;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.offset = start;
    this.end = end;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  #take(n: number): number {
    const at = this.offset;
    if (n < 0 || at + n > this.end) throw new ReadPastEnd(at, n);
    this.offset = at + n;
    return at;
  }

  u8(): number {
    return this.bytes[this.#take(1)]!;
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  u24(): number {
    const at = this.#take(3);
    return (this.bytes[at]! << 16) | (this.bytes[at + 1]! << 8) | this.bytes[at + 2]!;
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8));
  }

  /** A view (not a copy) of the next `n` octets. */
  take(n: number): Uint8Array {
    const at = this.#take(n);
    return this.bytes.subarray(at, at + n);
  }

  /** A view of everything that is left. */
  rest(): Uint8Array {
    return this.take(this.remaining);
  }

  /** A reader limited to the next `n` octets; this one moves past them. */
  sub(n: number): Reader {
    const at = this.#take(n);
    return new Reader(this.bytes, at, at + n);
  }

  skip(n: number): void {
    this.#take(n);
  }
}
