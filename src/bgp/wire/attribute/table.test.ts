// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { attribute, attributes, anyContext, lenientContext } from "../testing/arbitrary-attribute.ts";
import { NotEncodable } from "../errors.ts";
import type { Attribute } from "./attribute.ts";
import { decodeAttributes } from "./decode.ts";
import { encodeAttributes } from "./encode.ts";
import { rawAttributeTable } from "./raw-attribute.ts";
import { attributeName, attributeTable, formatAttribute } from "./table.ts";

test("any sound attribute survives octets and back, flags included", () => {
  const given = lenientContext.chain((context) => fc.tuple(fc.constant(context), attribute(context)));
  fc.assert(
    fc.property(given, ([context, a]) => {
      const bytes = encodeAttributes([a], context);
      const decoded = decodeAttributes(bytes, { ...context, reach: "none" });
      assert.deepEqual(decoded.faults, []);
      assert.deepEqual(decoded.attributes, [a]);
      assert.deepEqual(encodeAttributes(decoded.attributes, context), bytes);
    }),
    { numRuns: 400 },
  );
});

test("a list keeps its order", () => {
  const given = lenientContext.chain((context) => fc.tuple(fc.constant(context), attributes(context)));
  fc.assert(
    fc.property(given, ([context, list]) => {
      const decoded = decodeAttributes(encodeAttributes(list, context), { ...context, reach: "none" });
      assert.deepEqual(decoded.attributes, list);
    }),
  );
});

test("any octets give attributes and faults, never a throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), anyContext, (bytes, context) => {
      const { attributes: list, faults } = decodeAttributes(bytes, { ...context, reach: "none" });
      if (faults.length === 0) assert.deepEqual(encodeAttributes(list, context), bytes);
      for (const f of faults) assert.equal(f.notification.code, 3);
    }),
    { numRuns: 500 },
  );
});

test("a sound block with one octet changed gives attributes and faults, never a throw", () => {
  const given = anyContext.chain((context) =>
    fc.tuple(fc.constant(context), attributes(context), fc.nat(), fc.integer({ min: 0, max: 255 })),
  );
  fc.assert(
    fc.property(given, ([context, list, where, octet]) => {
      const bytes = encodeAttributes(list, context);
      if (bytes.length > 0) bytes[where % bytes.length] = octet;
      const { attributes: read, faults } = decodeAttributes(bytes, { ...context, reach: "none" });
      if (faults.length === 0) assert.deepEqual(encodeAttributes(read, context), bytes);
    }),
    { numRuns: 500 },
  );
});

test("the extended-length bit is set where the value needs it, and kept where it does not", () => {
  const context = { fourOctetAs: true, peer: "unknown" } as const;
  const raw = (flags: number, length: number): Attribute => ({ kind: "raw", flags, code: 99, value: new Uint8Array(length) });
  const head = (a: Attribute): number[] => [...encodeAttributes([a], context).subarray(0, 4)];
  assert.deepEqual(head(raw(0xc0, 255)), [0xc0, 99, 255, 0]);
  assert.deepEqual(head(raw(0xc0, 256)), [0xd0, 99, 1, 0]);
  assert.deepEqual(head(raw(0xd0, 2)), [0xd0, 99, 0, 2]);
  assert.throws(() => encodeAttributes([raw(0xc0, 65536)], context), NotEncodable);
});

test("every attribute has text for people", () => {
  const given = lenientContext.chain((context) => attribute(context));
  fc.assert(fc.property(given, (a) => assert.equal(typeof formatAttribute(a), "string")));
});

test("codes and names are each used once", () => {
  const rows = [...Object.values(attributeTable), ...rawAttributeTable];
  assert.equal(new Set(rows.map((row) => row.code)).size, rows.length);
  assert.equal(new Set(rows.map((row) => row.name)).size, rows.length);
  assert.equal(attributeName(16), "EXTENDED COMMUNITIES");
  assert.equal(attributeName(35), "OTC");
  assert.equal(attributeName(201), "attribute 201");
});
