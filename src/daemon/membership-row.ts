// SPDX-License-Identifier: Apache-2.0
import { Reader } from "../base/bytes/reader.ts";
import { decodeRtConstrain, targetOfMembership } from "../bgp/wire/nlri/rt-constrain.ts";
import type { MembershipRow } from "../contract/inspect.ts";

/** A network may be on every host there is; the rest is for a question about one of them. */
const mostNames = 20;

export function membershipRow(nlri: Uint8Array, count: number, from: readonly string[]): MembershipRow {
  const membership = decodeRtConstrain(new Reader(nlri));
  const all = membership.length <= 32;
  const target = all ? "default" : (targetOfMembership(membership) ?? `0x${membership.target}/${membership.length - 32}`);
  const originAs = membership.length === 0 ? null : membership.originAs;
  return { target, originAs, count, askedBy: from.slice(0, mostNames) };
}
