// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import fc from "fast-check";
import { toHex } from "../../src/base/bytes/hex.ts";
import type { Attribute } from "../../src/bgp/wire/attribute/attribute.ts";
import { decodeAttributes } from "../../src/bgp/wire/attribute/decode.ts";
import { encodeAttributes } from "../../src/bgp/wire/attribute/encode.ts";
import { rawAttributeTable } from "../../src/bgp/wire/attribute/raw-attribute.ts";
import { attributeTable, formatAttribute } from "../../src/bgp/wire/attribute/table.ts";
import type { CodecContext } from "../../src/bgp/wire/context.ts";
import { attributes, attribute as attributeArbitrary, lenientContext } from "../../src/bgp/wire/testing/arbitrary-attribute.ts";
import { type Target, fate } from "../target.ts";

/** Sessions that read octets differently. */
export const contexts: readonly CodecContext[] = [
  { fourOctetAs: true, peer: "ibgp" },
  { fourOctetAs: false, peer: "ebgp" },
  { fourOctetAs: true, peer: "unknown", addPath: new Set(["l2vpn-evpn", "ipv4-unicast"] as const) },
];

/** Repeatable samples of the property tests' own generators. */
export function samples<T>(arbitrary: fc.Arbitrary<T>, count: number): readonly T[] {
  return fc.sample(arbitrary, { numRuns: count, seed: 1 });
}

/** A list of attributes judged under every context: what is sound gives its own octets back. */
export function judgeAttributes(input: Uint8Array): string {
  const words: string[] = [];
  for (const context of contexts) {
    const { attributes: list, faults } = decodeAttributes(input, { ...context, reach: "none" });
    for (const f of faults) {
      words.push(`${f.reaction}: ${f.message}`);
      assert.equal(f.notification.code, 3);
      assert.ok(f.notification.data.length <= 4096 - 21, "data of a NOTIFICATION");
    }
    for (const a of list) {
      words.push(a.kind);
      assert.equal(typeof formatAttribute(a), "string");
    }
    if (faults.length === 0) assert.equal(toHex(encodeAttributes(list, context)), toHex(input));
  }
  return fate(words);
}

/** Sound attributes of a kind; of the raw ones those with a code. */
function soundAttributes(wanted: (a: Attribute) => boolean): readonly Uint8Array[] {
  const context = contexts[0]!;
  return samples(attributeArbitrary({ ...context, peer: "unknown" }), 1500)
    .filter(wanted)
    .slice(0, 20)
    .map((a) => encodeAttributes([a], context));
}

const lists = (): readonly Uint8Array[] =>
  samples(
    lenientContext.chain((c) => attributes(c).map((list) => encodeAttributes(list, c))),
    60,
  );

/** Every attribute that we read, those that we only carry, and lists of them. */
export function attributeTargets(): readonly Target[] {
  return [
    ...Object.keys(attributeTable).map((kind) => ({
      name: `attribute/${kind}`,
      corpus: soundAttributes((a) => a.kind === kind),
      run: judgeAttributes,
    })),
    {
      name: "attribute/raw",
      corpus: [
        ...soundAttributes((a) => a.kind === "raw"),
        ...rawAttributeTable.map((row) => Uint8Array.of(row.flags, row.code, 4, 0, 0, 0, 1)),
      ],
      run: judgeAttributes,
    },
    { name: "attribute/list", corpus: lists(), run: judgeAttributes, weight: 2 },
  ];
}
