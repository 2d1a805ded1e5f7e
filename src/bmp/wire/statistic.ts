// SPDX-License-Identifier: Apache-2.0
import { Reader } from "../../base/bytes/reader.ts";
import type { Writer } from "../../base/bytes/writer.ts";
import { type Family, afiSafi, familyOf } from "../../bgp/wire/family.ts";

/** One number of a Statistics Report — RFC 7854 §4.8, RFC 8671 §6.2. A type or a length that is not known keeps its octets. */
export type Statistic =
  | { readonly type: number; readonly value: bigint; readonly family?: Family }
  | { readonly type: number; readonly octets: Uint8Array };

/** What we report; the width of each is fixed by the RFC. */
export const statisticType = {
  rejected: 0,
  clusterLoops: 3,
  asLoops: 4,
  originatorLoops: 5,
  adjRibIn: 7,
  locRib: 8,
  adjRibInOfFamily: 9,
  locRibOfFamily: 10,
  treatedAsWithdraw: 11,
  adjRibOut: 15,
  adjRibOutOfFamily: 17,
} as const;

const counters: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 5, 6, 11, 12, 13]);
const gauges: ReadonlySet<number> = new Set([7, 8, 14, 15]);
const ofFamily: ReadonlySet<number> = new Set([9, 10, 16, 17]);

export function writeStatistics(list: readonly Statistic[], w: Writer): void {
  w.u32(list.length);
  for (const s of list) {
    w.u16(s.type);
    if ("octets" in s) w.u16(s.octets.length).put(s.octets);
    else if (s.family !== undefined) {
      const { afi, safi } = afiSafi(s.family);
      w.u16(11).u16(afi).u8(safi).u64(s.value);
    } else if (gauges.has(s.type)) w.u16(8).u64(s.value);
    // Counters of 32 bits start again at 0.
    else w.u16(4).u32(Number(BigInt.asUintN(32, s.value)));
  }
}

export function readStatistics(r: Reader): readonly Statistic[] {
  const count = r.u32();
  const list: Statistic[] = [];
  for (let i = 0; i < count; i++) list.push(readStatistic(r.u16(), r.take(r.u16())));
  return list;
}

function readStatistic(type: number, octets: Uint8Array): Statistic {
  const r = new Reader(octets);
  if (counters.has(type) && octets.length === 4) return { type, value: BigInt(r.u32()) };
  if (gauges.has(type) && octets.length === 8) return { type, value: r.u64() };
  if (ofFamily.has(type) && octets.length === 11) return { type, family: familyOf(r.u16(), r.u8()), value: r.u64() };
  return { type, octets: octets.slice() };
}
