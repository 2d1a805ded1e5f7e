// SPDX-License-Identifier: Apache-2.0
import koffi from "koffi";
import { libc } from "./libc.ts";

const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;
/** Datagrams per system call. Their slots are memory of the process only as far as something was written there. */
const slots = 128;
const slotSize = 1 << 16;
/** `struct mmsghdr` and `struct iovec` of 64-bit Linux. */
const headerSize = 64;
const vectorSize = 16;
const [iovAt, iovLengthAt, flagsAt, lengthAt] = [16, 24, 48, 56];

/**
 * Receives many datagrams with one call, recvmmsg(2): a table of 100,000 entries that we write comes back as as many datagrams,
 * and a call for each took longer than reading them (bench/figures/fib.ts).
 */
export class DatagramBatch {
  readonly #headers: bigint;
  readonly #view: DataView;
  readonly #octets: ArrayBuffer;
  #count = 0;

  constructor() {
    const buffersAt = slots * (headerSize + vectorSize);
    const size = buffersAt + slots * slotSize;
    const memory = koffi.alloc("uint8_t", size) as bigint;
    this.#headers = memory;
    this.#octets = koffi.view(memory, size);
    this.#view = new DataView(this.#octets);
    for (let i = 0; i < slots; i++) {
      const header = i * headerSize;
      const vector = slots * headerSize + i * vectorSize;
      this.#view.setBigUint64(header + iovAt, memory + BigInt(vector), true);
      this.#view.setBigUint64(header + iovLengthAt, 1n, true);
      this.#view.setBigUint64(vector, memory + BigInt(buffersAt + i * slotSize), true);
      this.#view.setBigUint64(vector + 8, BigInt(slotSize), true);
    }
  }

  /** Takes what is waiting without blocking. @returns how many datagrams; negative: errno says why there is none */
  receive(fd: number): number {
    const n = libc.recvmmsg(fd, this.#headers, slots, MSG_DONTWAIT, null);
    this.#count = Math.max(0, n);
    return n;
  }

  /** There may be more: the last call filled every slot. */
  get full(): boolean {
    return this.#count === slots;
  }

  /** A datagram was longer than its slot. */
  get truncated(): boolean {
    for (let i = 0; i < this.#count; i++) if ((this.#view.getUint32(i * headerSize + flagsAt, true) & MSG_TRUNC) !== 0) return true;
    return false;
  }

  /** What the last call received: views, valid until the next one. */
  datagrams(): Uint8Array[] {
    const buffersAt = slots * (headerSize + vectorSize);
    return Array.from({ length: this.#count }, (_, i) => {
      const length = this.#view.getUint32(i * headerSize + lengthAt, true);
      return new Uint8Array(this.#octets, buffersAt + i * slotSize, length);
    });
  }
}
