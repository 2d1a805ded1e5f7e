// SPDX-License-Identifier: Apache-2.0
/** Arbitrary sound path attributes of every kind, for property tests. */
import fc from "fast-check";
import type { AsSegment } from "../attribute/as-path.ts";
import type { Attribute } from "../attribute/attribute.ts";
import { extendedLengthFlag, optionalFlag, partialFlag } from "../attribute/flags.ts";
import { rawAttributeTable } from "../attribute/raw-attribute.ts";
import { attributeCode, attributeTable } from "../attribute/table.ts";
import { decodeExtendedCommunity, extendedCommunityTable } from "../community/table.ts";
import type { CodecContext } from "../context.ts";
import { ip4, knownFamily, octets, record, routesOf, u24, u32, u8 } from "./arbitrary-nlri.ts";

const nonZero = (most: number): fc.Arbitrary<number> => fc.integer({ min: 1, max: most });

const segments = (most: number): fc.Arbitrary<AsSegment[]> =>
  fc.array(
    record({
      type: fc.constantFrom("set" as const, "sequence" as const, "confed-sequence" as const, "confed-set" as const),
      asns: fc.array(nonZero(most), { minLength: 1, maxLength: 6 }),
    }),
    { maxLength: 3 },
  );

const codes = Object.values(extendedCommunityTable).flatMap((row) => row.codes);
/** Half of them of a type that we read. */
export const extendedCommunityOctets = fc.oneof(
  octets(8),
  fc.tuple(fc.constantFrom(...codes), octets(6)).map(([code, rest]) => Uint8Array.of(code >> 8, code & 0xff, ...rest)),
);

const nextHopLength: Readonly<Record<string, readonly number[]>> = { vpnv4: [12, 24, 48], vpnv6: [24, 48], "ipv6-unicast": [16, 32] };

/** All that differs from kind to kind but the flags. */
function values(context: CodecContext): fc.Arbitrary<Attribute> {
  const most = context.fourOctetAs ? 0xffffffff : 0xffff;
  const flags = fc.constant(0);
  const of = <K extends string>(kind: K): { kind: fc.Arbitrary<K>; flags: fc.Arbitrary<number> } => ({ kind: fc.constant(kind), flags });
  const withPathId = (family: string): boolean => [...(context.addPath ?? [])].some((f) => f === family);
  const large = record({ administrator: u32, data1: u32, data2: u32 });
  return fc.oneof<fc.Arbitrary<Attribute>[]>(
    record({ ...of("origin"), origin: fc.constantFrom("igp" as const, "egp" as const, "incomplete" as const) }),
    record({ ...of("as-path"), segments: segments(most) }),
    record({ ...of("next-hop"), nextHop: ip4 }),
    record({ ...of("multi-exit-disc"), metric: u32 }),
    record({ ...of("local-pref"), preference: u32 }),
    record(of("atomic-aggregate")),
    record({ ...of("aggregator"), asn: nonZero(most), address: ip4 }),
    record({ ...of("communities"), communities: fc.array(u32, { minLength: 1, maxLength: 8 }) }),
    record({ ...of("originator-id"), originator: ip4 }),
    record({ ...of("cluster-list"), clusters: fc.array(ip4, { minLength: 1, maxLength: 5 }) }),
    knownFamily.chain((family) =>
      record({
        ...of("mp-reach"),
        family: fc.constant(family),
        nextHop: fc.constantFrom(...(nextHopLength[family] ?? [4, 16, 32])).chain(octets),
        reserved: u8,
        routes: routesOf(family, withPathId(family)),
      }),
    ),
    knownFamily.chain((family) =>
      record({ ...of("mp-unreach"), family: fc.constant(family), routes: routesOf(family, withPathId(family)) }),
    ),
    record({
      ...of("extended-communities"),
      communities: fc.array(
        extendedCommunityOctets.map((b) => decodeExtendedCommunity(b)),
        { minLength: 1, maxLength: 8 },
      ),
    }),
    record({ ...of("as4-path"), segments: segments(0xffffffff) }),
    record({ ...of("as4-aggregator"), asn: nonZero(0xffffffff), address: ip4 }),
    record({
      ...of("pmsi-tunnel"),
      tunnelFlags: u8,
      tunnelType: fc.constant(6),
      label: u24,
      identifier: fc.constantFrom(4, 16).chain(octets),
    }),
    record({ ...of("large-communities"), communities: fc.array(large, { minLength: 1, maxLength: 5 }) }),
    record({
      ...of("raw"),
      code: fc.constantFrom(11, 24, 29, 40, 99, 255),
      value: fc.uint8Array({ maxLength: 40 }),
    }),
    record({ ...of("raw"), code: fc.constant(25), value: octets(40) }),
    record({ ...of("raw"), code: fc.constant(35), value: octets(4) }),
  );
}

/** The flags that the table asks for, the free bits at random, the extended-length bit where the value may need it. */
function withFlags(a: Attribute, bits: number): Attribute {
  const code = attributeCode(a);
  const row = a.kind === "raw" ? rawAttributeTable.find((r) => r.code === code) : attributeTable[a.kind];
  const free = bits & (partialFlag | extendedLengthFlag | 0x0f);
  const long = a.kind === "mp-reach" || a.kind === "mp-unreach" ? extendedLengthFlag : 0;
  return { ...a, flags: (row?.flags ?? optionalFlag | (bits & 0x40)) | free | long };
}

export function attribute(context: CodecContext): fc.Arbitrary<Attribute> {
  return fc.tuple(values(context), u8).map(([a, bits]) => withFlags(a, bits));
}

/** A list without repeats, as RFC 4271 wants it. */
export function attributes(context: CodecContext): fc.Arbitrary<Attribute[]> {
  return fc.uniqueArray(attribute(context), { selector: attributeCode, maxLength: 10 });
}

export const anyContext: fc.Arbitrary<CodecContext> = record({
  fourOctetAs: fc.boolean(),
  peer: fc.constantFrom("ibgp" as const, "ebgp" as const, "unknown" as const),
  addPath: fc.array(knownFamily, { maxLength: 6 }).map((list) => new Set(list)),
});

/** Judges nothing that depends on the peer. */
export const lenientContext: fc.Arbitrary<CodecContext> = anyContext.map((c) => ({ ...c, peer: "unknown" as const }));
