// SPDX-License-Identifier: Apache-2.0
import { Writer } from "../../base/bytes/writer.ts";
import { checkAttributes } from "../wire/attribute/decode.ts";
import type { AttributeFault } from "../wire/fault.ts";
import { notification } from "../wire/notification.ts";
import { asTrans, mergedAsPath } from "./as-path.ts";
import { attributeFlag, attributeType, AttributeWalk } from "./attribute-walk.ts";
import { writeHeader } from "./export-attributes.ts";
import type { RibPeer } from "./types.ts";

export interface Admission {
  readonly faults: readonly AttributeFault[];
  /** What to store: as received when nothing had to be changed. */
  readonly attributes: Uint8Array;
}

/**
 * Judges attributes that no route of the peer has had yet — RFC 7606 — and brings them into the one form that the RIB
 * stores: no attribute twice, none that must be discarded, AS numbers with four octets.
 */
export function admitAttributes(attributes: Uint8Array, peer: RibPeer): Admission {
  const faults = checkAttributes(attributes, {
    fourOctetAs: peer.fourOctetAs,
    peer: peer.role === "ebgp" ? "ebgp" : "ibgp",
    reach: "mp",
  });
  const once = faults.length === 0 ? attributes : withoutRepeats(attributes);
  const sound = faults.length === 0 ? once : without(once, discarded(once, peer));
  if (peer.fourOctetAs) return { faults, attributes: sound };
  const wide = withFourOctetAs(sound);
  return wide ? { faults, attributes: wide } : { faults: [...faults, asPathTooLong], attributes: sound };
}

/** Nobody could be sent it: lengths of attributes have 16 bits. */
const asPathTooLong: AttributeFault = {
  reaction: "withdraw",
  attribute: attributeType.asPath,
  message: "AS_PATH: does not fit into an attribute with four-octet AS numbers",
  notification: notification(3, 11),
};
const longestAsPath = 65_000;

function discarded(attributes: Uint8Array, peer: RibPeer): ReadonlySet<number> {
  const faults = checkAttributes(attributes, {
    fourOctetAs: peer.fourOctetAs,
    peer: peer.role === "ebgp" ? "ebgp" : "ibgp",
    reach: "mp",
  });
  return new Set(faults.flatMap((f) => (f.reaction === "discard" && f.attribute !== undefined ? [f.attribute] : [])));
}

/** RFC 7606 §3 g: of an attribute that comes more than once all but the first are discarded. */
function withoutRepeats(attributes: Uint8Array): Uint8Array {
  const seen = new Set<number>();
  return filtered(attributes, (type) => !seen.has(type) && seen.add(type) !== undefined);
}

function without(attributes: Uint8Array, types: ReadonlySet<number>): Uint8Array {
  return types.size === 0 ? attributes : filtered(attributes, (type) => !types.has(type));
}

function filtered(attributes: Uint8Array, keep: (type: number) => boolean): Uint8Array {
  const out = new Writer(attributes.length);
  const walk = new AttributeWalk().over(attributes, 0, attributes.length);
  while (walk.advance()) if (keep(walk.type)) out.put(attributes.subarray(walk.at, walk.next));
  return out.finish();
}

/**
 * RFC 6793 §4.2.3: AS_PATH and AGGREGATOR of a two-octet peer, completed by AS4_PATH and AS4_AGGREGATOR, which go.
 * @returns undefined when the path has become too long
 */
function withFourOctetAs(attributes: Uint8Array): Uint8Array | undefined {
  const values = new Map<number, Uint8Array>();
  const walk = new AttributeWalk().over(attributes, 0, attributes.length);
  while (walk.advance()) values.set(walk.type, attributes.subarray(walk.value, walk.value + walk.length));
  if ((values.get(attributeType.asPath)?.length ?? 0) * 2 + (values.get(attributeType.as4Path)?.length ?? 0) > longestAsPath)
    return undefined;
  const aggregator = values.get(attributeType.aggregator);
  const aggregator4 = values.get(attributeType.as4Aggregator);
  // An AGGREGATOR that is not AS_TRANS was written by a two-octet speaker after the AS4 attributes: these are then ignored.
  const trusted = !aggregator || !aggregator4 || ((aggregator[0]! << 8) | aggregator[1]!) === asTrans;
  const out = new Writer(attributes.length + 64);
  walk.over(attributes, 0, attributes.length);
  while (walk.advance()) {
    const value = values.get(walk.type)!;
    if (walk.type === attributeType.as4Path || walk.type === attributeType.as4Aggregator) continue;
    if (walk.type === attributeType.asPath) out.put(mergedAsPath(value, trusted ? values.get(attributeType.as4Path) : undefined));
    else if (walk.type === attributeType.aggregator && value.length === 6) {
      writeHeader(walk.flags & ~attributeFlag.extendedLength, walk.type, 8, out);
      if (aggregator4 && trusted) out.put(aggregator4);
      else out.u16(0).put(value);
    } else out.put(attributes.subarray(walk.at, walk.next));
  }
  return out.finish();
}
