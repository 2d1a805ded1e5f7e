// SPDX-License-Identifier: Apache-2.0
import type { Reader } from "../../../base/bytes/reader.ts";
import type { Writer } from "../../../base/bytes/writer.ts";
import { Malformed } from "../errors.ts";
import type { AttributeCodec } from "./codec.ts";
import { wellKnown } from "./flags.ts";

export type AsSegmentType = "set" | "sequence" | "confed-sequence" | "confed-set";

export interface AsSegment {
  readonly type: AsSegmentType;
  readonly asns: readonly number[];
}

/**
 * AS_PATH — RFC 4271 §5.1.2, confederation segments RFC 5065 §3, four-octet AS numbers RFC 6793 §4.1.
 *
 *   (segment type 1 | count 1 | AS numbers 2 or 4 each) …
 */
export interface AsPath {
  readonly kind: "as-path";
  readonly flags: number;
  readonly segments: readonly AsSegment[];
}

const segmentTypes: readonly (AsSegmentType | undefined)[] = [undefined, "set", "sequence", "confed-sequence", "confed-set"];

/** @throws Malformed for a segment that is unknown, empty or cut off (RFC 7606 §7.2) and for AS number 0 (RFC 7607 §2) */
export function readSegments(r: Reader, octets: 2 | 4): readonly AsSegment[] {
  const segments: AsSegment[] = [];
  while (r.remaining > 0) {
    if (r.remaining < 2) throw new Malformed("one octet left where a segment should begin");
    const code = r.u8();
    const type = segmentTypes[code];
    if (type === undefined) throw new Malformed(`segment type ${code}, must be 1 to 4`);
    const count = r.u8();
    if (count === 0) throw new Malformed("segment without AS numbers");
    if (r.remaining < count * octets) throw new Malformed(`segment of ${count} AS numbers, only ${r.remaining} octets left`);
    const asns: number[] = [];
    for (let i = 0; i < count; i++) asns.push(octets === 4 ? r.u32() : r.u16());
    if (asns.includes(0)) throw new Malformed("AS number 0");
    segments.push({ type, asns });
  }
  return segments;
}

export function writeSegments(segments: readonly AsSegment[], octets: 2 | 4, w: Writer): void {
  for (const s of segments) {
    w.u8(segmentTypes.indexOf(s.type)).u8(s.asns.length);
    for (const asn of s.asns) {
      if (octets === 4) w.u32(asn);
      else w.u16(asn > 65535 ? asTrans : asn);
    }
  }
}

/** Stands for an AS number that two octets cannot hold — RFC 6793 §9. */
export const asTrans = 23456;

export function isConfedSegment(s: AsSegment): boolean {
  return s.type === "confed-sequence" || s.type === "confed-set";
}

/** `65001 65002 {65003,65004} (65010)`. */
export function formatSegments(segments: readonly AsSegment[]): string {
  const text = (s: AsSegment): string => {
    if (s.type === "sequence") return s.asns.join(" ");
    if (s.type === "set") return `{${s.asns.join(",")}}`;
    return s.type === "confed-sequence" ? `(${s.asns.join(" ")})` : `[${s.asns.join(",")}]`;
  };
  return segments.map(text).join(" ");
}

export const asPath: AttributeCodec<AsPath> = {
  code: 2,
  name: "AS_PATH",
  flags: wellKnown,
  whenMalformed: "withdraw",
  decode(r, flags, context) {
    const segments = readSegments(r, context.fourOctetAs ? 4 : 2);
    // RFC 5065 §5: confederation segments must not come from outside, and we are in none.
    if (context.peer === "ebgp" && segments.some(isConfedSegment)) throw new Malformed("confederation segment from an external peer");
    return { kind: "as-path", flags, segments };
  },
  encode(a, w, context) {
    writeSegments(a.segments, context.fourOctetAs ? 4 : 2, w);
  },
  format(a) {
    return formatSegments(a.segments);
  },
};
