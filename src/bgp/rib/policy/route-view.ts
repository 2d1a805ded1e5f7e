// SPDX-License-Identifier: Apache-2.0
import { attributeType, AttributeWalk } from "../attribute-walk.ts";

/** One EVPN NLRI as it lies in a message or table: `type 1 | length 1 | value` from `at` — RFC 7432 §7. Moved along, not made anew. */
export class NlriView {
  bytes: Uint8Array = new Uint8Array(2);
  at = 0;

  over(bytes: Uint8Array, at: number): this {
    this.bytes = bytes;
    this.at = at;
    return this;
  }

  get type(): number {
    return this.bytes[this.at]!;
  }

  get length(): number {
    return this.bytes[this.at + 1]!;
  }

  /** Where the value starts. */
  get value(): number {
    return this.at + 2;
  }

  /** Position of the RD; -1 when the type is not known to begin with one — RFC 7432 §7, RFC 9136, RFC 9251, RFC 9572. */
  get rdAt(): number {
    return this.type >= 1 && this.type <= 11 && this.length >= 8 ? this.value : -1;
  }

  /** Position of the MAC of type 2, or -1. */
  get macAt(): number {
    return this.type === 2 && this.length >= 33 ? this.value + 23 : -1;
  }

  /** Length in bits, octets and position of the address of type 2 or the prefix of type 5; undefined without one. */
  get prefix(): { readonly bits: number; readonly octets: number; readonly at: number } | undefined {
    const { type, length, value, bytes } = this;
    if (type === 2 && length >= 33) {
      const bits = bytes[value + 29]!;
      return (bits === 32 || bits === 128) && length >= 33 + bits / 8 ? { bits, octets: bits / 8, at: value + 30 } : undefined;
    }
    const octets = type !== 5 ? 0 : length === 34 ? 4 : length === 58 ? 16 : 0;
    return octets === 0 ? undefined : { bits: bytes[value + 22]!, octets, at: value + 23 };
  }

  /** Whether one of its labels is a VNI that `wanted` takes — RFC 8365 §5.1.3. */
  someLabel(wanted: (vni: number) => boolean): boolean {
    const { type, length, value } = this;
    if (type === 1 && length === 25) return wanted(this.#u24(value + 22));
    if (type === 5) return this.prefix !== undefined && wanted(this.#u24(value + length - 3));
    if (type !== 2 || length < 33) return false;
    const first = value + 30 + (this.prefix?.octets ?? 0);
    if (first + 3 > value + length) return false;
    return wanted(this.#u24(first)) || (first + 6 <= value + length && wanted(this.#u24(first + 3)));
  }

  #u24(at: number): number {
    const b = this.bytes;
    return (b[at]! << 16) | (b[at + 1]! << 8) | b[at + 2]!;
  }
}

const pmsiTunnel = 22;
const asSequence = 2;

/** What a rule does to a set of attributes. */
export interface Edit {
  /** A MED that a policy set goes to other ASes too; one that came in does not — RFC 4271 §5.1.4. */
  readonly setsMed: boolean;
  /** Gives the changed set, or the very same octets when nothing changes. */
  apply(octets: Uint8Array): Uint8Array;
}

/** A set of attributes in the form of the attribute store: `[next hop length | next hop | attributes]`, AS numbers with four octets. */
export class SetView {
  readonly octets: Uint8Array;
  readonly #walk = new AttributeWalk();
  readonly #edited = new Map<Edit, SetView>();
  /** It is what an edit made of another one. */
  readonly changed: boolean;
  /** An edit set its MED. */
  readonly medSet: boolean;

  constructor(octets: Uint8Array, changed = false, medSet = false) {
    this.octets = octets;
    this.changed = changed;
    this.medSet = medSet;
  }

  /** The set that an edit makes of it: the same object every time, and this one when nothing changes. */
  edited(edit: Edit): SetView {
    let view = this.#edited.get(edit);
    if (!view) {
      const octets = edit.apply(this.octets);
      const medSet = this.medSet || edit.setsMed;
      const same = octets === this.octets && medSet === this.medSet;
      this.#edited.set(edit, (view = same ? this : new SetView(octets, true, medSet)));
    }
    return view;
  }

  /** Octets of the next hop; of two, the global address — RFC 2545 §3. */
  get nextHop(): Uint8Array {
    return this.octets.subarray(1, 1 + Math.min(this.octets[0]!, 16));
  }

  /** Value of the first attribute of a type. */
  valueOf(type: number): Uint8Array | undefined {
    const { octets } = this;
    const walk = this.#walk.over(octets, 1 + octets[0]!, octets.length);
    while (walk.advance()) if (walk.type === type) return octets.subarray(walk.value, walk.next);
    return undefined;
  }

  /** The label of the tunnel of a type-3 route — RFC 8365 §5.1.3. */
  get tunnelLabel(): number | undefined {
    const value = this.valueOf(pmsiTunnel);
    return value === undefined || value.length < 5 ? undefined : (value[2]! << 16) | (value[3]! << 8) | value[4]!;
  }

  /** AS numbers from left to right, those of sets among them. */
  get asPath(): readonly number[] {
    const path: number[] = [];
    const value = this.valueOf(attributeType.asPath) ?? new Uint8Array(0);
    const view = new DataView(value.buffer, value.byteOffset, value.length);
    for (let i = 0; i + 2 <= value.length;) {
      const count = view.getUint8(i + 1);
      if (i + 2 + count * 4 > value.length) break;
      for (let k = 0; k < count; k++) path.push(view.getUint32(i + 2 + k * 4));
      i += 2 + count * 4;
    }
    return path;
  }

  /** RFC 4271 §5.1.2: the leftmost AS when the path begins with a sequence. */
  get neighbourAs(): number | undefined {
    return this.valueOf(attributeType.asPath)?.[0] === asSequence ? this.asPath[0] : undefined;
  }
}
