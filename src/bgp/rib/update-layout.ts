// SPDX-License-Identifier: Apache-2.0
import { attributeFlag, attributeType, AttributeWalk } from "./attribute-walk.ts";

/** Where the parts of an UPDATE body lie. One object, filled again for every message; -1 means absent. */
export class UpdateLayout {
  withdrawnEnd = 0;
  attributesAt = 0;
  attributesEnd = 0;
  /** Values of MP_REACH_NLRI and MP_UNREACH_NLRI, and of the first where its attribute starts. */
  reachAttribute = -1;
  reachAt = -1;
  reachEnd = -1;
  unreachAttribute = -1;
  unreachAt = -1;
  unreachEnd = -1;
  /** Attributes that are neither. */
  others = 0;
  /** Flags of MP_REACH_NLRI or MP_UNREACH_NLRI are wrong — RFC 7606 §3(c). */
  #flagged = false;
  readonly #walk = new AttributeWalk();

  /**
   * RFC 4271 §4.3: withdrawn length 2, withdrawn IPv4 prefixes, attributes length 2, attributes, announced IPv4 prefixes.
   * @returns false when lengths do not add up, or MP_REACH_NLRI or MP_UNREACH_NLRI comes twice or with wrong flags: the codec then says what is wrong
   */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    this.reachAt = this.unreachAt = this.reachAttribute = this.unreachAttribute = -1;
    this.others = 0;
    this.#flagged = false;
    if (start + 4 > end) return false;
    this.withdrawnEnd = start + 2 + ((bytes[start]! << 8) | bytes[start + 1]!);
    if (this.withdrawnEnd + 2 > end) return false;
    this.attributesAt = this.withdrawnEnd + 2;
    this.attributesEnd = this.attributesAt + ((bytes[this.withdrawnEnd]! << 8) | bytes[this.withdrawnEnd + 1]!);
    if (this.attributesEnd > end) return false;
    const walk = this.#walk.over(bytes, this.attributesAt, this.attributesEnd);
    while (walk.advance()) if (!this.#take(walk)) return false;
    return walk.whole && !this.#flagged;
  }

  #take(walk: AttributeWalk): boolean {
    if (walk.type === attributeType.mpReach) {
      if (this.reachAt >= 0) return false;
      this.reachAttribute = walk.at;
      this.reachAt = walk.value;
      this.reachEnd = walk.next;
      this.#flagged ||= wrongFlags(walk.flags);
    } else if (walk.type === attributeType.mpUnreach) {
      if (this.unreachAt >= 0) return false;
      this.unreachAttribute = walk.at;
      this.unreachAt = walk.value;
      this.unreachEnd = walk.next;
      this.#flagged ||= wrongFlags(walk.flags);
    } else {
      this.others++;
    }
    return true;
  }
}

/** Both attributes are optional and not transitive. */
function wrongFlags(flags: number): boolean {
  return (flags & (attributeFlag.optional | attributeFlag.transitive)) !== attributeFlag.optional;
}
