// SPDX-License-Identifier: Apache-2.0
/** AS_PATH in four and two octets — RFC 4271 §5.1.2, RFC 6793 §4.2. */
import { Writer } from "../../base/bytes/writer.ts";
import { attributeFlag, attributeType } from "./attribute-walk.ts";

/** "AS number that does not fit" — RFC 6793 §9. */
export const asTrans = 23456;
const asSequence = 2;
const longestSegment = 255;
const transitive = attributeFlag.transitive;
const optionalTransitive = attributeFlag.optional | attributeFlag.transitive;

interface Segment {
  readonly kind: number;
  readonly numbers: readonly number[];
}

function segmentsOf(value: Uint8Array, width: 2 | 4): Segment[] {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const segments: Segment[] = [];
  for (let o = 0; o + 2 <= value.length;) {
    const count = value[o + 1]!;
    const numbers: number[] = [];
    for (let i = 0; i < count && o + 2 + (i + 1) * width <= value.length; i++) {
      numbers.push(width === 4 ? view.getUint32(o + 2 + i * 4) : view.getUint16(o + 2 + i * 2));
    }
    segments.push({ kind: value[o]!, numbers });
    o += 2 + count * width;
  }
  return segments;
}

function prepend(segments: readonly Segment[], asn: number | undefined): readonly Segment[] {
  if (asn === undefined) return segments;
  const first = segments[0];
  if (first && first.kind === asSequence && first.numbers.length < longestSegment) {
    return [{ kind: asSequence, numbers: [asn, ...first.numbers] }, ...segments.slice(1)];
  }
  return [{ kind: asSequence, numbers: [asn] }, ...segments];
}

/** RFC 5065 §4.1: numbers within a confederation mean nothing outside it; and we are in none. */
function outsideConfederations(segments: readonly Segment[]): readonly Segment[] {
  return segments.filter((s) => !isConfederation(s));
}

/** AS_CONFED_SEQUENCE, AS_CONFED_SET. */
const isConfederation = (s: Segment): boolean => s.kind === 3 || s.kind === 4;

/** RFC 6793 §4.2.3: as many as route selection counts. */
const countOf = (s: Segment): number => (s.kind === asSequence ? s.numbers.length : isConfederation(s) ? 0 : 1);

function writeSegments(flags: number, type: number, segments: readonly Segment[], width: 2 | 4, out: Writer): void {
  const length = segments.reduce((sum, s) => sum + 2 + s.numbers.length * width, 0);
  const wide = length > 255;
  out.u8(wide ? flags | attributeFlag.extendedLength : flags).u8(type);
  if (wide) out.u16(length);
  else out.u8(length);
  for (const { kind, numbers } of segments) {
    out.u8(kind).u8(numbers.length);
    for (const n of numbers) {
      if (width === 4) out.u32(n);
      else out.u16(n > 0xffff ? asTrans : n);
    }
  }
}

/** A whole AS_PATH attribute from a value with four-octet numbers, with `prependAs` in front when given. */
export function asPathForExport(value: Uint8Array, prependAs: number | undefined, fourOctetAs: boolean, out: Writer): void {
  const segments = segmentsOf(value, 4);
  const path = prependAs === undefined ? segments : prepend(outsideConfederations(segments), prependAs);
  writeSegments(transitive, attributeType.asPath, path, fourOctetAs ? 4 : 2, out);
}

/** The AS4_PATH that goes with a two-octet path, when that had to leave something out. */
export function as4Path(value: Uint8Array, prependAs: number | undefined): Uint8Array | undefined {
  // RFC 6793 §3: AS4_PATH holds no confederation segments.
  const segments = prepend(outsideConfederations(segmentsOf(value, 4)), prependAs);
  if (!segments.some((s) => s.numbers.some((n) => n > 0xffff))) return undefined;
  const out = new Writer();
  writeSegments(optionalTransitive, attributeType.as4Path, segments, 4, out);
  return out.finish();
}

/** `value`: AS 4, address 4. */
export function twoOctetAggregator(flags: number, value: Uint8Array): Uint8Array {
  const wide = value[0] !== 0 || value[1] !== 0;
  const out = new Writer(16)
    .u8(flags & ~attributeFlag.extendedLength)
    .u8(attributeType.aggregator)
    .u8(6);
  return (wide ? out.u16(asTrans) : out.put(value.subarray(2, 4))).put(value.subarray(4, 8)).finish();
}

export function as4Aggregator(value: Uint8Array): Uint8Array | undefined {
  if (value[0] === 0 && value[1] === 0) return undefined;
  return new Writer(16).u8(optionalTransitive).u8(attributeType.as4Aggregator).u8(8).put(value).finish();
}

/** AS_PATH of a two-octet peer in four octets, with what AS4_PATH knows better — RFC 6793 §4.2.3. */
export function mergedAsPath(value: Uint8Array, as4: Uint8Array | undefined): Uint8Array {
  const old = segmentsOf(value, 2);
  const count = (list: readonly Segment[]): number => list.reduce((n, s) => n + countOf(s), 0);
  const better = as4 ? segmentsOf(as4, 4).filter((s) => s.kind === asSequence || s.kind === 1) : [];
  let surplus = count(old) - count(better);
  const out = new Writer();
  if (surplus < 0 || better.length === 0) {
    writeSegments(transitive, attributeType.asPath, old, 4, out);
    return out.finish();
  }
  const lead: Segment[] = [];
  for (const segment of old) {
    if (surplus <= 0 && !isConfederation(segment)) break;
    const size = countOf(segment);
    lead.push(size <= surplus ? segment : { kind: segment.kind, numbers: segment.numbers.slice(0, surplus) });
    surplus -= size;
  }
  writeSegments(transitive, attributeType.asPath, joined(lead, better), 4, out);
  return out.finish();
}

function joined(lead: readonly Segment[], rest: readonly Segment[]): readonly Segment[] {
  const last = lead.at(-1);
  const first = rest[0];
  if (!last || !first || last.kind !== asSequence || first.kind !== asSequence) return [...lead, ...rest];
  if (last.numbers.length + first.numbers.length > longestSegment) return [...lead, ...rest];
  return [...lead.slice(0, -1), { kind: asSequence, numbers: [...last.numbers, ...first.numbers] }, ...rest.slice(1)];
}
