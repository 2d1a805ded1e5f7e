// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { octets } from "../testing/arbitrary-nlri.ts";
import { formatRouteTarget, isRouteTarget, parseRouteTarget, routeTargetToBytes } from "./route-target.ts";

test("any route target survives text and back", () => {
  fc.assert(
    fc.property(fc.constantFrom(0, 1, 2), octets(6), (form, rest) => {
      const bytes = Uint8Array.of(form, 2, ...rest);
      assert.ok(isRouteTarget(bytes));
      const text = formatRouteTarget(bytes);
      assert.equal(parseRouteTarget(text), text);
      assert.deepEqual([...routeTargetToBytes(text)], [...bytes]);
    }),
  );
});

test("what people write", () => {
  for (const [given, wanted] of [
    ["65000:100", "65000:100"],
    ["65000:4294967295", "65000:4294967295"],
    ["10.0.0.1:7", "10.0.0.1:7"],
    ["4200000000:1", "4200000000:1"],
    ["65000L:1", "65000L:1"],
    ["70000L:1", "70000:1"],
    ["0065000:0100", "65000:100"],
    ["65536:65536", undefined],
    ["65535:4294967296", undefined],
    ["4294967296:1", undefined],
    ["10.0.0.1:65536", undefined],
    ["10.0.0.256:1", undefined],
    ["*:100", undefined],
    ["65000", undefined],
    ["65000:", undefined],
    [":1", undefined],
    ["65000:1:2", undefined],
    ["", undefined],
  ] as const)
    assert.equal(parseRouteTarget(given), wanted, given);
});
