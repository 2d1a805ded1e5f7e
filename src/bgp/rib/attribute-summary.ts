// SPDX-License-Identifier: Apache-2.0
import { attributeType, AttributeWalk } from "./attribute-walk.ts";

/** Well-known communities — RFC 1997, RFC 9494 §4.6. */
export const community = {
  llgrStale: 0xffff0006,
  noLlgr: 0xffff0007,
  noExport: 0xffffff01,
  noAdvertise: 0xffffff02,
  noExportSubconfed: 0xffffff03,
};

/** From whom a set of attributes came, as far as decisions depend on it. */
export interface AttributeSource {
  readonly role: "client" | "non-client" | "ebgp" | "local";
  readonly routerId: number;
}

/** Who this speaker is. */
export interface SpeakerIdentity {
  readonly asn: number;
  readonly routerId: number;
  readonly clusterId: number;
}

/** Why a route is not even considered. RFC 4271 §9.1.2, RFC 4456 §8. */
export type LoopReason = "as-loop" | "originator-loop" | "cluster-loop";

/** What best path and export look at, taken once per set of attributes. */
export interface AttributeSummary {
  readonly localPref: number;
  /** RFC 4271 §9.1.2.2 a: an AS_SET counts as one. */
  readonly asPathLength: number;
  /** Leftmost AS of the path, 0 when it is empty: MEDs of different ones do not compare. */
  readonly neighbourAs: number;
  readonly origin: number;
  readonly med: number;
  /** ORIGINATOR_ID, or the router id of the peer — RFC 4456 §9. */
  readonly originator: number;
  readonly hasOriginator: boolean;
  /** Cluster ids, not octets. */
  readonly clusterLength: number;
  /** MAC mobility — RFC 7432 §7.7. -1 without one. */
  readonly mobilitySequence: number;
  readonly sticky: boolean;
  readonly noExport: boolean;
  readonly noAdvertise: boolean;
  readonly llgrStale: boolean;
  readonly noLlgr: boolean;
  readonly loop: LoopReason | undefined;
}

type Draft = { -readonly [K in keyof AttributeSummary]: AttributeSummary[K] };

const defaultLocalPref = 100;
const incompleteOrigin = 2;
const asSet = 1;
const asSequence = 2;

/** Reads attributes whose form has been checked; AS numbers have four octets. Values too short to hold their field are passed over. */
export function summarise(bytes: Uint8Array, at: number, end: number, source: AttributeSource, self: SpeakerIdentity): AttributeSummary {
  const draft: Draft = {
    localPref: defaultLocalPref,
    asPathLength: 0,
    neighbourAs: 0,
    origin: incompleteOrigin,
    med: 0,
    originator: source.routerId,
    hasOriginator: false,
    clusterLength: 0,
    mobilitySequence: -1,
    sticky: false,
    noExport: false,
    noAdvertise: false,
    llgrStale: false,
    noLlgr: false,
    loop: undefined,
  };
  const walk = new AttributeWalk().over(bytes, at, end);
  while (walk.advance()) readAttribute(walk, draft, source, self);
  return draft;
}

function readAttribute(walk: AttributeWalk, draft: Draft, source: AttributeSource, self: SpeakerIdentity): void {
  // RFC 7606 §7.9, §7.10: from another AS these are discarded. So is LOCAL_PREF (§7.5) when it comes in: one that is here is of a policy.
  const internal = source.role !== "ebgp";
  const { type, length } = walk;
  if (type === attributeType.origin && length === 1) draft.origin = walk.u8(0);
  else if (type === attributeType.asPath) readAsPath(walk, draft, source, self);
  else if (type === attributeType.med && length === 4) draft.med = walk.u32(0);
  else if (type === attributeType.localPref && length === 4) draft.localPref = walk.u32(0);
  else if (type === attributeType.communities) readCommunities(walk, draft);
  else if (type === attributeType.extendedCommunities) readExtendedCommunities(walk, draft);
  else if (type === attributeType.originatorId && length === 4 && internal) {
    draft.originator = walk.u32(0);
    draft.hasOriginator = true;
    if (draft.originator === self.routerId && source.role !== "local") draft.loop = "originator-loop";
  } else if (type === attributeType.clusterList && internal) {
    draft.clusterLength = length >>> 2;
    for (let i = 0; i + 4 <= length; i += 4) if (walk.u32(i) === self.clusterId) draft.loop ??= "cluster-loop";
  }
}

function readAsPath(walk: AttributeWalk, draft: Draft, source: AttributeSource, self: SpeakerIdentity): void {
  for (let i = 0; i + 2 <= walk.length;) {
    const segment = walk.u8(i);
    const count = walk.u8(i + 1);
    if (i + 2 + count * 4 > walk.length) return;
    if (segment === asSequence) draft.asPathLength += count;
    else if (segment === asSet) draft.asPathLength += 1;
    if (i === 0 && segment === asSequence && count > 0) draft.neighbourAs = walk.u32(2);
    for (let k = 0; k < count; k++) if (walk.u32(i + 2 + k * 4) === self.asn && source.role !== "local") draft.loop = "as-loop";
    i += 2 + count * 4;
  }
}

function readCommunities(walk: AttributeWalk, draft: Draft): void {
  for (let i = 0; i + 4 <= walk.length; i += 4) {
    const value = walk.u32(i);
    if (value === community.noAdvertise) draft.noAdvertise = true;
    else if (value === community.noExport || value === community.noExportSubconfed) draft.noExport = true;
    else if (value === community.llgrStale) draft.llgrStale = true;
    else if (value === community.noLlgr) draft.noLlgr = true;
  }
}

/** RFC 7432 §7.7: type 0x06, subtype 0x00, flags (bit 0 static), reserved, sequence number. */
function readExtendedCommunities(walk: AttributeWalk, draft: Draft): void {
  for (let i = 0; i + 8 <= walk.length; i += 8) {
    if (walk.u8(i) !== 0x06 || walk.u8(i + 1) !== 0x00) continue;
    draft.sticky = (walk.u8(i + 2) & 1) !== 0;
    draft.mobilitySequence = Math.max(draft.mobilitySequence, walk.u32(i + 4));
  }
}
