// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { keyText } from "./random-nlri.ts";
import { routeText } from "./reference-model.ts";

/** The far end of a session: reads messages with a decoder of its own and keeps the table that they describe. */
export class ReceivingPeer {
  readonly table = new Map<string, string>();
  /** Of route target memberships, by NLRI. */
  readonly memberships = new Map<string, string>();
  endOfRib = 0;
  /** Of memberships. */
  endOfMemberships = 0;
  messages = 0;
  /** Routes in all announcements and withdrawals so far. */
  announced = 0;
  withdrawn = 0;
  refreshMarks: number[] = [];
  /** Withdrawals of what it did not hold. */
  idle = 0;
  readonly #maxMessage: number;
  readonly #pathIds: boolean;
  readonly #ordered: boolean;

  /**
   * @param pathIds NLRI come with path identifiers, which stand before the keys of {@link table}: `7 2:…`
   * @param ordered attributes come in ascending order, as they do when those who announced them kept to it — RFC 4271 §5
   */
  constructor(maxMessage: number, pathIds = false, ordered = true) {
    this.#maxMessage = maxMessage;
    this.#pathIds = pathIds;
    this.#ordered = ordered;
  }

  read(bytes: Uint8Array): void {
    const b = Buffer.from(bytes);
    for (let o = 0; o < b.length;) {
      assert.ok(
        b.subarray(o, o + 16).every((x) => x === 255),
        "marker",
      );
      const length = b.readUInt16BE(o + 16);
      assert.ok(length <= this.#maxMessage && o + length <= b.length, `length ${length}`);
      this.messages++;
      if (b[o + 18] === 2) this.#update(b.subarray(o + 19, o + length));
      else if (b[o + 18] === 5) this.refreshMarks.push(b[o + 21]!);
      else assert.fail(`type ${b[o + 18]}`);
      o += length;
    }
  }

  #update(b: Buffer): void {
    assert.equal(b.readUInt16BE(0), 0);
    assert.equal(b.readUInt16BE(2), b.length - 4);
    const attributes = new Map<number, string>();
    let reach: Buffer | undefined;
    let last = 0;
    for (let o = 4; o < b.length;) {
      const flags = b[o]!;
      const type = b[o + 1]!;
      const extended = (flags & 0x10) !== 0;
      const length = extended ? b.readUInt16BE(o + 2) : b[o + 2]!;
      const from = o + (extended ? 4 : 3);
      const value = b.subarray(from, from + length);
      assert.equal(value.length, length);
      o = from + length;
      if (type === 15) this.#unreach(value);
      else if (type === 14) {
        assert.equal(last, 0, "MP_REACH_NLRI comes first");
        reach = value;
      } else {
        assert.ok(type > last || !this.#ordered, `attribute ${type} after ${last}`);
        last = type;
        attributes.set(type, `${(flags & 0xef).toString(16)}=${value.toString("hex")}`);
      }
    }
    if (reach) this.#reach(reach, attributes);
  }

  #unreach(value: Buffer): void {
    if (isMemberships(value)) {
      if (value.length === 3) this.endOfMemberships++;
      for (const nlri of splitMemberships(value.subarray(3))) this.memberships.delete(hex(nlri));
      return;
    }
    if (value.length === 3) this.endOfRib++;
    for (const { key } of this.#split(value.subarray(3))) {
      this.withdrawn++;
      if (!this.table.delete(key)) this.idle++;
    }
  }

  #split(b: Buffer): { readonly key: string; readonly nlri: Uint8Array }[] {
    if (!this.#pathIds) return split(b).map((nlri) => ({ key: keyText(nlri), nlri }));
    const list: { readonly key: string; readonly nlri: Uint8Array }[] = [];
    for (let o = 0; o < b.length; o += 6 + b[o + 5]!) {
      const nlri = b.subarray(o + 4, o + 6 + b[o + 5]!);
      list.push({ key: `${b.readUInt32BE(o)} ${keyText(nlri)}`, nlri });
    }
    return list;
  }

  #reach(value: Buffer, attributes: ReadonlyMap<number, string>): void {
    const nextHop = value.subarray(4, 4 + value[3]!);
    if (isMemberships(value)) {
      for (const nlri of splitMemberships(value.subarray(5 + value[3]!)))
        this.memberships.set(hex(nlri), routeText(nlri, nextHop, attributes));
      return;
    }
    for (const { key, nlri } of this.#split(value.subarray(5 + value[3]!))) {
      this.announced++;
      this.table.set(key, routeText(nlri, nextHop, attributes));
    }
  }
}

const hex = (b: Uint8Array): string => Buffer.from(b).toString("hex");
const isMemberships = (value: Buffer): boolean => value.readUInt16BE(0) === 1 && value[2] === 132;

/** RFC 4684 §4: a length in bits and as many octets as it takes. */
function splitMemberships(b: Uint8Array): Uint8Array[] {
  const list: Uint8Array[] = [];
  for (let o = 0; o < b.length; o += 1 + Math.ceil(b[o]! / 8)) list.push(b.subarray(o, o + 1 + Math.ceil(b[o]! / 8)));
  return list;
}

export function split(b: Uint8Array): Uint8Array[] {
  const list: Uint8Array[] = [];
  for (let o = 0; o < b.length; o += 2 + b[o + 1]!) list.push(b.subarray(o, o + 2 + b[o + 1]!));
  return list;
}
