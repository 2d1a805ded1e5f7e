// SPDX-License-Identifier: Apache-2.0
import type { Writer } from "../../base/bytes/writer.ts";
import { headerLength } from "../wire/frame.ts";
import { type FamilyOctets, finishMpAttribute, finishUpdate, putMpAttribute, putUpdateHeader } from "./mp-update.ts";
import type { Membership } from "./membership.ts";

/** AFI 1, SAFI 132 — RFC 4684 §5. */
const rtConstrain: FamilyOctets = [0, 1, 132];
const largestNlri = 13;

/**
 * UPDATEs that announce memberships with attributes in common, appended.
 * @param attributes all but MP_REACH_NLRI
 * @returns false when not even one fits beside the attributes; nothing was written then
 */
export function putMembershipReach(
  memberships: readonly Membership[],
  nextHop: Uint8Array,
  attributes: Uint8Array,
  maxMessage: number,
  out: Writer,
): boolean {
  const fixed = headerLength + 4 + 4 + rtConstrain.length + 1 + nextHop.length + 1 + attributes.length;
  if (fixed + largestNlri > maxMessage) return false;
  for (const some of packed(memberships, maxMessage - fixed)) {
    const start = putUpdateHeader(out);
    const value = putMpAttribute(14, rtConstrain, out);
    out.u8(nextHop.length).put(nextHop).u8(0);
    putAll(some, out);
    finishMpAttribute(value, out);
    finishUpdate(start, out.put(attributes));
  }
  return true;
}

/** UPDATEs that withdraw memberships, appended. */
export function putMembershipUnreach(memberships: readonly Membership[], maxMessage: number, out: Writer): void {
  for (const some of packed(memberships, maxMessage - headerLength - 8 - rtConstrain.length)) {
    const start = putUpdateHeader(out);
    const value = putMpAttribute(15, rtConstrain, out);
    putAll(some, out);
    finishMpAttribute(value, out);
    finishUpdate(start, out);
  }
}

/** In portions whose NLRI take at most `room` octets. */
function* packed(memberships: readonly Membership[], room: number): Generator<readonly Membership[]> {
  let some: Membership[] = [];
  let used = 0;
  for (const membership of memberships) {
    if (used + membership.octets.length > room) {
      yield some;
      some = [];
      used = 0;
    }
    some.push(membership);
    used += membership.octets.length;
  }
  if (some.length > 0) yield some;
}

function putAll(memberships: readonly Membership[], out: Writer): void {
  for (const { octets } of memberships) out.put(octets);
}
