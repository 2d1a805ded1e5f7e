// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { guessConfigKind } from "./guess-kind.ts";

const cases: readonly (readonly [text: string, kind: string])[] = [
  ["bgp: { asn: 1 }\nvtep: {}", "agent"],
  ["bgp: { asn: 1, reflector: {} }", "reflector"],
  ["bgp: { asn: 1, reflector: {} }\nmetrics: {}\nlog: {}", "reflector"],
  ["bgp: { asn: 1, reflector: {} }\nvtep: {}", "agent"],
  ["bgp: { asn: 1 }", "agent"],
  ["name: x\nnodes: {}\nnetworks: {}", "lab"],
  ["- not a mapping", "agent"],
  ["a: [", "agent"],
];
for (const [text, kind] of cases) test(`${JSON.stringify(text)} is for ${kind}`, () => assert.equal(guessConfigKind(text), kind));
