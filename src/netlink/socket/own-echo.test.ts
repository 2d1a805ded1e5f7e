// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { runFilter } from "../../base/sys/testing/run-filter.ts";
import { AF_BRIDGE, AF_INET, AF_INET6 } from "../route/family.ts";
import { NTF_EXT_LEARNED, NTF_SELF, NUD_FAILED, NUD_NOARP, NUD_PERMANENT, NUD_REACHABLE, NUD_STALE } from "../route/neighbour-flags.ts";
import { RTM_DELNEIGH, RTM_NEWNEIGH } from "../route/neighbour-message.ts";
import { RTM_DELROUTE, RTM_NEWROUTE } from "../route/route.ts";
import { withoutOwnEcho, withoutOwnEntries } from "./own-echo.ts";

/** Headers alone: `struct nlmsghdr`, `struct ndmsg` (linux/neighbour.h). */
function message(type: number, family: number, state: number, flags: number): Uint8Array {
  const b = new Uint8Array(28);
  const v = new DataView(b.buffer);
  v.setUint32(0, b.length, true);
  v.setUint16(4, type, true);
  v.setUint8(16, family);
  v.setUint16(24, state, true);
  v.setUint8(26, flags);
  return b;
}

const isHeard = (...of: Parameters<typeof message>): boolean => runFilter(withoutOwnEcho(87), message(...of)) > 0;

test("what a control plane puts is not told", () => {
  for (const flags of [NTF_EXT_LEARNED, NTF_EXT_LEARNED | NTF_SELF]) {
    for (const state of [NUD_REACHABLE, NUD_STALE, NUD_PERMANENT]) assert.equal(isHeard(RTM_NEWNEIGH, AF_BRIDGE, state, flags), false);
  }
  for (const family of [AF_INET, AF_INET6]) assert.equal(isHeard(RTM_NEWNEIGH, family, NUD_NOARP, NTF_EXT_LEARNED), false);
});

test("what stations and administrators do is told, and what goes, and what is no neighbour", () => {
  for (const family of [AF_BRIDGE, AF_INET, AF_INET6]) {
    assert.ok(isHeard(RTM_NEWNEIGH, family, NUD_NOARP, NTF_SELF));
    assert.ok(isHeard(RTM_DELNEIGH, family, NUD_NOARP, NTF_EXT_LEARNED));
  }
  assert.ok(isHeard(16, 0, NUD_NOARP, NTF_EXT_LEARNED)); // RTM_NEWLINK
});

test("a neighbour that the kernel keeps for us and resolves itself is told: it may have failed, or have another MAC", () => {
  for (const family of [AF_INET, AF_INET6]) {
    for (const state of [NUD_FAILED, NUD_REACHABLE, NUD_STALE]) assert.ok(isHeard(RTM_NEWNEIGH, family, state, NTF_EXT_LEARNED));
  }
});

test("routes that are put with the protocol are not told; those of others are, and whatever goes", () => {
  const route = (type: number, protocol: number): Uint8Array => {
    const b = message(type, AF_INET, 0, 0);
    b[21] = protocol;
    return b;
  };
  const isTold = (type: number, protocol: number): boolean => runFilter(withoutOwnEcho(87), route(type, protocol)) > 0;
  assert.equal(isTold(RTM_NEWROUTE, 87), false);
  assert.equal(isTold(RTM_NEWROUTE, 4), true);
  assert.equal(isTold(RTM_DELROUTE, 87), true);
});

test("of a bulk that takes entries away nothing is told of entries with a mark of a control plane, and everything of the rest", () => {
  const isTold = (...of: Parameters<typeof message>): boolean => runFilter(withoutOwnEntries, message(...of)) > 0;
  for (const type of [RTM_NEWNEIGH, RTM_DELNEIGH]) {
    assert.equal(isTold(type, AF_BRIDGE, NUD_REACHABLE, NTF_EXT_LEARNED | NTF_SELF), false);
    assert.ok(isTold(type, AF_BRIDGE, NUD_REACHABLE, NTF_SELF));
    for (const family of [AF_INET, AF_INET6]) assert.ok(isTold(type, family, NUD_NOARP, NTF_EXT_LEARNED));
  }
  assert.ok(isTold(RTM_NEWROUTE, AF_INET, 0, NTF_EXT_LEARNED));
});
