// SPDX-License-Identifier: Apache-2.0
import { Writer } from "../../base/bytes/writer.ts";
import { type Family, afiSafi } from "../../bgp/wire/family.ts";
import { headerLength, maxExtendedMessage, maxMessage, messageType } from "../../bgp/wire/frame.ts";

const mpReach = 14;
const mpUnreach = 15;
const flags = 0x90;
const nextHop = 3;

/**
 * Puts routes that follow one another with the same attributes into one UPDATE, as they would have come from a peer:
 * MP_REACH_NLRI or MP_UNREACH_NLRI last, the other attributes as they lie in the tables.
 */
export class UpdatePacker {
  readonly #emit: (update: Uint8Array) => void;
  readonly #family: Family;
  #key: unknown;
  #open: { readonly head: Uint8Array; readonly field: Writer; readonly most: number } | undefined;

  constructor(family: Family, emit: (update: Uint8Array) => void) {
    this.#family = family;
    this.#emit = emit;
  }

  /**
   * @param key equal for routes with equal attributes
   * @param attributes without MP_REACH_NLRI
   */
  announce(key: unknown, hop: Uint8Array, attributes: Uint8Array, nlri: Uint8Array): void {
    if (!this.#fits(key, nlri)) {
      this.flush();
      const field = this.#beginField().u8(hop.length).put(hop).u8(0);
      this.#begin(key, withoutNextHop(attributes), field, nlri.length);
    }
    this.#open!.field.put(nlri);
  }

  withdraw(nlri: Uint8Array): void {
    if (!this.#fits(withdrawn, nlri)) {
      this.flush();
      this.#begin(withdrawn, new Uint8Array(0), this.#beginField(), nlri.length);
    }
    this.#open!.field.put(nlri);
  }

  /** Hands over what is open. */
  flush(): void {
    const open = this.#open;
    if (!open) return;
    const field = open.field.finish();
    const attributes = open.head.length + 4 + field.length;
    const w = new Writer(headerLength + 4 + attributes);
    for (let i = 0; i < 4; i++) w.u32(0xffffffff);
    w.u16(headerLength + 4 + attributes).u8(messageType.update);
    w.u16(0).u16(attributes).put(open.head);
    w.u8(flags)
      .u8(this.#key === withdrawn ? mpUnreach : mpReach)
      .u16(field.length)
      .put(field);
    this.#open = undefined;
    this.#emit(w.finish());
  }

  #fits(key: unknown, nlri: Uint8Array): boolean {
    return this.#open !== undefined && this.#key === key && this.#open.field.length + nlri.length <= this.#open.most;
  }

  #begin(key: unknown, head: Uint8Array, field: Writer, first: number): void {
    const fixed = headerLength + 4 + head.length + 4;
    // Attributes that came in an extended message (RFC 8654) may leave no room in a usual one.
    const room = fixed + field.length + first <= maxMessage ? maxMessage : maxExtendedMessage;
    this.#key = key;
    this.#open = { head, field, most: room - fixed };
  }

  #beginField(): Writer {
    const { afi, safi } = afiSafi(this.#family);
    return new Writer(maxMessage).u16(afi).u8(safi);
  }
}

const withdrawn = Symbol("withdrawn");

/** The NEXT_HOP of a message that had MP_REACH_NLRI besides is of no route of ours. */
function withoutNextHop(attributes: Uint8Array): Uint8Array {
  for (let at = 0; at + 3 <= attributes.length;) {
    const wide = (attributes[at]! & 0x10) !== 0;
    const length = wide ? (attributes[at + 2]! << 8) | attributes[at + 3]! : attributes[at + 2]!;
    const end = at + (wide ? 4 : 3) + length;
    if (attributes[at + 1] === nextHop) return Uint8Array.from([...attributes.subarray(0, at), ...attributes.subarray(end)]);
    at = end;
  }
  return attributes;
}
