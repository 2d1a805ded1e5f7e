// SPDX-License-Identifier: Apache-2.0

/** Memory for encoded messages, lent to the transport and used again when every reader has released it. */
export class MessageBuffer {
  bytes: Uint8Array<ArrayBuffer>;
  view: DataView<ArrayBuffer>;
  length = 0;
  readonly release: () => void;
  #readers = 0;
  #recent: Uint8Array | undefined;

  constructor(size: number, free: (buffer: MessageBuffer) => void) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
    this.release = () => {
      if (--this.#readers === 0) free(this);
    };
  }

  hold(): void {
    this.#readers++;
  }

  /** Begins anew. */
  clear(): void {
    this.length = 0;
    this.#recent = undefined;
  }

  /** A view of `[start, end)`: the very same one while the same is asked for, and never again once there is something else in it. */
  stretch(start: number, end: number): Uint8Array {
    const recent = this.#recent;
    if (recent?.byteOffset === start && recent.length === end - start) return recent;
    return (this.#recent = this.bytes.subarray(start, end));
  }

  /** Appends what is already in it once more. */
  repeat(start: number, end: number): void {
    this.reserve(end - start);
    this.bytes.copyWithin(this.length, start, end);
    this.length += end - start;
  }

  /** Makes room for `octets` more. Only before the first {@link hold} by a reader of slices. */
  reserve(octets: number): void {
    if (this.length + octets <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + octets));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}

const usualSize = 1 << 20;
/** Buffers kept for later: more would only be memory that a burst once needed. */
const spare = 4;

/** Buffers that went out and came back: fresh ones for every flush would make the garbage collector count their size. */
export class MessageBufferPool {
  readonly #idle: MessageBuffer[] = [];

  /** Held once, by the caller. */
  take(): MessageBuffer {
    const buffer = this.#idle.pop() ?? new MessageBuffer(usualSize, (b) => this.#return(b));
    buffer.clear();
    buffer.hold();
    return buffer;
  }

  #return(buffer: MessageBuffer): void {
    if (this.#idle.length < spare && buffer.bytes.length <= usualSize * 4) this.#idle.push(buffer);
  }
}
