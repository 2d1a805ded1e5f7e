// SPDX-License-Identifier: Apache-2.0
import { attributeFlag, attributeType, AttributeWalk } from "./attribute-walk.ts";
import type { SetFacts, StoredSet } from "./stored-set.ts";
import type { SetView } from "./policy/route-view.ts";
import type { SpeakerIdentity } from "./attribute-summary.ts";
import { asPathForExport, as4Path, twoOctetAggregator, as4Aggregator } from "./as-path.ts";
import { Writer } from "../../base/bytes/writer.ts";

/** What has to be known of a set of attributes to bring it into the form that a group wants. */
export interface ExportedSet extends Pick<SetFacts, "localPref" | "ebgp" | "local" | "role" | "hasOriginator" | "originator"> {
  /** The MED is meant for this peer. */
  readonly medSet?: boolean;
}

/** How a group of peers wants attributes. */
export interface ExportForm {
  readonly ebgp: boolean;
  readonly fourOctetAs: boolean;
}

/** Attributes that this speaker understands; of others the transitive ones pass marked as partial — RFC 4271 §5, §9. */
const understood: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 22, 25, 32]);

/** Attributes that no peer gets as they came: the next hop travels in MP_REACH_NLRI, the AS4 ones are made anew for those who need them. */
const neverCopied: ReadonlySet<number> = new Set([
  attributeType.nextHop,
  attributeType.mpReach,
  attributeType.mpUnreach,
  attributeType.as4Path,
  attributeType.as4Aggregator,
]);

/** Insertions into the ascending order of attributes, each done when the walk first passes its type. */
interface Insertion {
  readonly type: number;
  write(out: Writer): void;
}

/**
 * The attributes of a set as peers of one form get them, without MP_REACH_NLRI. What no rule names is copied octet for octet.
 * @param octets as in the attribute store: `[next hop length | next hop | attributes]`, AS numbers with four octets
 */
export function exportAttributes(octets: Uint8Array, stored: ExportedSet, form: ExportForm, self: SpeakerIdentity): Uint8Array {
  const out = new Writer(octets.length + 64);
  const pending = insertions(octets, stored, form, self);
  let due = 0;
  const walk = new AttributeWalk().over(octets, 1 + octets[0]!, octets.length);
  while (walk.advance()) {
    while (due < pending.length && pending[due]!.type < walk.type) pending[due++]!.write(out);
    copyAttribute(walk, stored, form, self, out);
  }
  while (due < pending.length) pending[due++]!.write(out);
  return out.finish();
}

function insertions(octets: Uint8Array, stored: ExportedSet, form: ExportForm, self: SpeakerIdentity): readonly Insertion[] {
  const present = new Set<number>();
  const walk = new AttributeWalk().over(octets, 1 + octets[0]!, octets.length);
  while (walk.advance()) present.add(walk.type);
  const list: Insertion[] = [];
  const { transitive, optional } = attributeFlag;
  if (!present.has(attributeType.asPath) && form.ebgp) {
    list.push({ type: attributeType.asPath, write: (out) => asPathForExport(new Uint8Array(0), self.asn, form.fourOctetAs, out) });
  }
  if (!form.ebgp && (!present.has(attributeType.localPref) || stored.ebgp)) {
    list.push({
      type: attributeType.localPref,
      write: (out) => void out.u8(transitive).u8(attributeType.localPref).u8(4).u32(stored.localPref),
    });
  }
  if (!form.ebgp && (stored.role === "client" || stored.role === "non-client")) {
    // RFC 4456 §8.
    if (!stored.hasOriginator) {
      list.push({
        type: attributeType.originatorId,
        write: (out) => void out.u8(optional).u8(attributeType.originatorId).u8(4).u32(stored.originator),
      });
    }
    if (!present.has(attributeType.clusterList)) {
      list.push({
        type: attributeType.clusterList,
        write: (out) => void out.u8(optional).u8(attributeType.clusterList).u8(4).u32(self.clusterId),
      });
    }
  }
  if (!form.fourOctetAs) list.push(...as4Insertions(octets, form, self));
  return list;
}

/** RFC 6793 §4.2.2: what two octets cannot say goes into attributes beside. */
function as4Insertions(octets: Uint8Array, form: ExportForm, self: SpeakerIdentity): Insertion[] {
  const list: Insertion[] = [];
  let path: Uint8Array = new Uint8Array(0);
  const walk = new AttributeWalk().over(octets, 1 + octets[0]!, octets.length);
  while (walk.advance()) {
    const value = octets.subarray(walk.value, walk.value + walk.length);
    if (walk.type === attributeType.asPath) path = value;
    if (walk.type === attributeType.aggregator && value.length === 8) {
      const attribute = as4Aggregator(value);
      if (attribute) list.push({ type: attributeType.as4Aggregator, write: (out) => void out.put(attribute) });
    }
  }
  const attribute = as4Path(path, form.ebgp ? self.asn : undefined);
  if (attribute) list.unshift({ type: attributeType.as4Path, write: (out) => void out.put(attribute) });
  return list;
}

function copyAttribute(walk: AttributeWalk, stored: ExportedSet, form: ExportForm, self: SpeakerIdentity, out: Writer): void {
  const { type, bytes } = walk;
  const value = bytes.subarray(walk.value, walk.value + walk.length);
  const whole = bytes.subarray(walk.at, walk.next);
  if (neverCopied.has(type)) return;
  if (!understood.has(type)) return copyUnknown(walk, whole, out);
  if (type === attributeType.asPath && (form.ebgp || !form.fourOctetAs)) {
    asPathForExport(value, form.ebgp ? self.asn : undefined, form.fourOctetAs, out);
    return;
  }
  if (type === attributeType.aggregator && !form.fourOctetAs && value.length === 8) {
    out.put(twoOctetAggregator(walk.flags, value));
    return;
  }
  // RFC 4271 §5.1.4: a MED goes no further than the neighbouring AS it was meant for.
  if (type === attributeType.med && form.ebgp && !stored.local && stored.medSet !== true) return;
  if (type === attributeType.localPref && (form.ebgp || stored.ebgp)) return;
  if ((type === attributeType.originatorId || type === attributeType.clusterList) && (form.ebgp || stored.ebgp)) return;
  if (type === attributeType.clusterList && stored.role !== "local") {
    writeHeader(walk.flags, type, value.length + 4, out)
      .u32(self.clusterId)
      .put(value);
    return;
  }
  if (type === attributeType.extendedCommunities && form.ebgp) return copyTransitiveCommunities(walk, value, out);
  out.put(whole);
}

function copyUnknown(walk: AttributeWalk, whole: Uint8Array, out: Writer): void {
  if ((walk.flags & attributeFlag.transitive) === 0) return;
  out.u8(walk.flags | attributeFlag.partial).put(whole.subarray(1));
}

/** RFC 4360 §2: bit 0x40 of the type says that a community stays within its AS. */
function copyTransitiveCommunities(walk: AttributeWalk, value: Uint8Array, out: Writer): void {
  const kept: Uint8Array[] = [];
  for (let i = 0; i + 8 <= value.length; i += 8) if ((value[i]! & 0x40) === 0) kept.push(value.subarray(i, i + 8));
  if (kept.length === 0) return;
  writeHeader(walk.flags, walk.type, kept.length * 8, out);
  for (const one of kept) out.put(one);
}

/** Flags, type and length, the length as wide as the flags or its value want it. */
export function writeHeader(flags: number, type: number, length: number, out: Writer): Writer {
  const wide = length > 255 || (flags & attributeFlag.extendedLength) !== 0;
  out.u8(wide ? flags | attributeFlag.extendedLength : flags).u8(type);
  return wide ? out.u16(length) : out.u8(length);
}

/** A set as an export policy left it. */
export function exportedVariant(stored: StoredSet, view: SetView): ExportedSet {
  const preference = view.valueOf(attributeType.localPref);
  const localPref = preference?.length === 4 ? new DataView(preference.buffer, preference.byteOffset).getUint32(0) : stored.localPref;
  return { ...stored.facts, localPref, medSet: view.medSet };
}
