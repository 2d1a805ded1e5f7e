// SPDX-License-Identifier: Apache-2.0
/** Where an octet string lies in a {@link ByteSlab}: page number and offset in one integer. */
export type Address = number;

const pageBits = 18;
const pageSize = 1 << pageBits;
const grain = 16;
/** Up to here sizes are rounded to {@link grain}, above to a power of two. */
const fineLimit = 1024;
const fineClasses = fineLimit / grain;

/**
 * Heap for short octet strings without a JavaScript object each (which would cost about 200 octets apiece).
 * Grows by pages, so it never copies what it holds. One string is at most 256 KiB.
 */
export class ByteSlab {
  readonly #pages: Uint8Array[] = [];
  #fill = pageSize;
  readonly #free: Address[][] = [];

  allocate(length: number): Address {
    const reused = this.#free[sizeClass(length)]?.pop();
    if (reused !== undefined) return reused;
    const size = classSize(length);
    if (this.#fill + size > pageSize) {
      this.#pages.push(new Uint8Array(pageSize));
      this.#fill = 0;
    }
    const address = ((this.#pages.length - 1) << pageBits) | this.#fill;
    this.#fill += size;
    return address;
  }

  release(address: Address, length: number): void {
    (this.#free[sizeClass(length)] ??= []).push(address);
  }

  page(address: Address): Uint8Array {
    return this.#pages[address >>> pageBits]!;
  }

  offset(address: Address): number {
    return address & (pageSize - 1);
  }

  /** A view that is valid until the string is released. */
  view(address: Address, length: number): Uint8Array {
    const at = this.offset(address);
    return this.page(address).subarray(at, at + length);
  }

  /** Octets of memory held. */
  get capacity(): number {
    return this.#pages.length * pageSize;
  }
}

function sizeClass(length: number): number {
  return length <= fineLimit ? (length + grain - 1) >>> 4 : fineClasses + 32 - Math.clz32(length - 1);
}

function classSize(length: number): number {
  return length <= fineLimit ? ((length + grain - 1) >>> 4) << 4 || grain : 1 << (32 - Math.clz32(length - 1));
}
