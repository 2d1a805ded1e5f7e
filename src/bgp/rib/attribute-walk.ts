// SPDX-License-Identifier: Apache-2.0
/** Path attribute type codes that the RIB itself acts upon — IANA "BGP Path Attributes". */
export const attributeType = {
  origin: 1,
  asPath: 2,
  nextHop: 3,
  med: 4,
  localPref: 5,
  aggregator: 7,
  communities: 8,
  originatorId: 9,
  clusterList: 10,
  mpReach: 14,
  mpUnreach: 15,
  extendedCommunities: 16,
  as4Path: 17,
  as4Aggregator: 18,
} as const;

/** Attribute flags — RFC 4271 §4.3. */
export const attributeFlag = { optional: 0x80, transitive: 0x40, partial: 0x20, extendedLength: 0x10 } as const;

/** Shared: making one for every walk costs more than a short walk. */
const nothing = new Uint8Array(0);

/** Cursor over path attributes in wire form that copies nothing: one object, moved along. */
export class AttributeWalk {
  bytes: Uint8Array = nothing;
  end = 0;
  /** Where the attribute starts, where its value does, and the length of that. */
  at = 0;
  value = 0;
  length = 0;
  flags = 0;
  type = 0;
  #next = 0;

  over(bytes: Uint8Array, at: number, end: number): this {
    this.bytes = bytes;
    this.end = end;
    this.#next = at;
    return this;
  }

  /** @returns false at the end, also when what is left is no whole attribute: see {@link whole} */
  advance(): boolean {
    const { bytes, end } = this;
    const o = this.#next;
    if (o + 3 > end) return false;
    this.flags = bytes[o]!;
    this.type = bytes[o + 1]!;
    const extended = (this.flags & attributeFlag.extendedLength) !== 0;
    if (extended && o + 4 > end) return false;
    this.length = extended ? (bytes[o + 2]! << 8) | bytes[o + 3]! : bytes[o + 2]!;
    this.value = o + (extended ? 4 : 3);
    if (this.value + this.length > end) return false;
    this.at = o;
    this.#next = this.value + this.length;
    return true;
  }

  /** After the last {@link advance}: whether it ended exactly at the end. */
  get whole(): boolean {
    return this.#next === this.end;
  }

  get next(): number {
    return this.#next;
  }

  u8(offset: number): number {
    return this.bytes[this.value + offset]!;
  }

  u32(offset: number): number {
    const o = this.value + offset;
    const b = this.bytes;
    return ((b[o]! << 24) | (b[o + 1]! << 16) | (b[o + 2]! << 8) | b[o + 3]!) >>> 0;
  }
}
