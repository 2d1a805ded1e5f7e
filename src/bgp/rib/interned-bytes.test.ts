// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { InternedBytes } from "./interned-bytes.ts";

/** Octets with the zeros behind them that hashing needs. */
function padded(octets: Uint8Array): { readonly octets: Uint8Array; readonly view: DataView } {
  const room = new Uint8Array(octets.length + 4);
  room.set(octets);
  return { octets: room, view: new DataView(room.buffer) };
}

function intern(table: InternedBytes, tag: number, text: Uint8Array): number {
  const { octets, view } = padded(text);
  const hash = table.hash(tag, view, text.length);
  return table.find(hash, tag, octets, text.length) || table.insert(hash, tag, octets, text.length);
}

test("equal octets under one tag are one entry, and none is left when all are dropped", () => {
  const step = fc.record({ tag: fc.integer({ min: 1, max: 3 }), octets: fc.uint8Array({ maxLength: 5 }), drop: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer(), (steps, seed) => {
      const table = new InternedBytes(seed);
      const model = new Map<string, { id: number; refs: number; octets: Uint8Array }>();
      for (const { tag, octets, drop } of steps) {
        const key = `${tag} ${octets.join()}`;
        const known = model.get(key);
        if (drop && known) {
          assert.equal(table.drop(known.id), known.refs === 1);
          if (--known.refs === 0) model.delete(key);
          continue;
        }
        const id = intern(table, tag, octets);
        table.hold(id);
        if (known) assert.equal(id, known.id);
        model.set(key, { id, refs: (known?.refs ?? 0) + 1, octets });
      }
      assert.equal(table.size, model.size);
      assert.equal(new Set([...model.values()].map((m) => m.id)).size, model.size);
      for (const { id, octets, refs } of model.values()) {
        assert.deepEqual([...table.view(id)], [...octets]);
        for (let i = 0; i < refs; i++) table.drop(id);
      }
      assert.equal(table.size, 0);
    }),
    { numRuns: 60 },
  );
});

test("many entries are all found again, and their memory is used again", () => {
  const table = new InternedBytes(7);
  const text = (i: number): Uint8Array => Uint8Array.from({ length: 20 + (i % 2000) }, (_, k) => (k < 4 ? i >>> (k * 8) : 1));
  const fill = (): number[] => Array.from({ length: 3000 }, (_, i) => intern(table, 1, text(i)));
  const ids = fill();
  for (const id of ids) table.hold(id);
  assert.deepEqual(fill(), ids);
  assert.equal(table.size, 3000);
  const { bytes } = table;
  for (const id of ids) table.drop(id);
  fill();
  assert.equal(table.bytes, bytes);
});

test("a detached entry is kept for its holders and not found any more", () => {
  const table = new InternedBytes(1);
  const text = Uint8Array.of(1, 2, 3);
  const old = intern(table, 1, text);
  table.hold(old);
  table.detach(old);
  const fresh = intern(table, 1, text);
  assert.notEqual(fresh, old);
  assert.ok(table.equal(old, fresh));
  assert.ok(table.drop(old));
  assert.equal(intern(table, 1, text), fresh);
});
