// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { toHex } from "../../src/base/bytes/hex.ts";
import {
  decodeExtendedCommunity,
  encodeExtendedCommunity,
  extendedCommunityTable,
  formatExtendedCommunity,
} from "../../src/bgp/wire/community/table.ts";
import type { Target } from "../target.ts";

/** Each row of the table: six octets of its value, under each of its codes. */
export function communityTargets(): readonly Target[] {
  return Object.entries(extendedCommunityTable).map(([kind, { codes }]) => ({
    name: `community/${kind}`,
    corpus: [new Uint8Array(6), Uint8Array.of(0xfd, 0xe8, 0, 0, 0, 100), new Uint8Array(6).fill(0xff)],
    longest: 6,
    run: (input) => codes.map((code) => judge(code, input)).join(" "),
  }));
}

function judge(code: number, value: Uint8Array): string {
  const octets = new Uint8Array(8);
  octets.set([code >> 8, code & 255, ...value]);
  const community = decodeExtendedCommunity(octets);
  assert.equal(toHex(encodeExtendedCommunity(community)), toHex(octets));
  assert.notEqual(formatExtendedCommunity(community), "");
  return community.kind;
}
