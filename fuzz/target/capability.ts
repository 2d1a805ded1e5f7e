// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { toHex } from "../../src/base/bytes/hex.ts";
import { Writer } from "../../src/base/bytes/writer.ts";
import { capabilityTable, decodeCapability, encodeCapability } from "../../src/bgp/wire/capability/table.ts";
import { capability } from "../../src/bgp/wire/testing/arbitrary-capability.ts";
import { type Target, fate } from "../target.ts";
import { samples } from "./attribute.ts";

/** The value of a capability of one code: whatever the octets, they come back. */
function judge(code: number, value: Uint8Array): string {
  const read = decodeCapability(code, value);
  const w = new Writer(64);
  encodeCapability(read, w);
  assert.equal(toHex(w.finish().subarray(2)), toHex(value));
  return fate([read.kind, read.kind === "opaque-capability" ? (read.fault ?? "") : ""]);
}

function soundValues(kind: string): readonly Uint8Array[] {
  return samples(capability, 500)
    .filter((c) => c.kind === kind)
    .slice(0, 20)
    .map((c) => {
      const w = new Writer(64);
      encodeCapability(c, w);
      return w.finish().subarray(2);
    });
}

export function capabilityTargets(): readonly Target[] {
  return Object.entries(capabilityTable).map(([kind, { code }]) => ({
    name: `capability/${kind}`,
    corpus: soundValues(kind),
    longest: 255,
    run: (input) => judge(code, input),
  }));
}
