// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ip } from "../base/net/ip.ts";
import type { PeerState } from "../bgp/speaker/peer-state.ts";
import type { PeerQuery } from "../contract/inspect.ts";
import { addressOrder, peerFilter } from "./peer-row.ts";

const peers = [
  { address: "10.0.0.10", phase: "established", admin: "up", asn: 65000 },
  { address: "10.0.0.9", phase: "active", admin: "up", asn: 65000 },
  { address: "10.0.1.1", phase: "idle", admin: "down", asn: 65001 },
  { address: "fd00::2", phase: "idle", admin: "up", asn: 65001 },
] as unknown as readonly PeerState[];

function found(query: PeerQuery): readonly string[] {
  return peers.filter(peerFilter(query)).map((p) => p.address);
}

test("sessions by state, place and AS", () => {
  assert.equal(found({}).length, 4);
  assert.deepEqual(found({ state: "idle" }), ["10.0.1.1", "fd00::2"]);
  assert.deepEqual(found({ state: "failed" }), ["10.0.0.9", "fd00::2"]);
  assert.deepEqual(found({ peer: "10.0.0.0/24" }), ["10.0.0.10", "10.0.0.9"]);
  assert.deepEqual(found({ peer: "fd00::2" }), ["fd00::2"]);
  assert.deepEqual(found({ asn: 65001, state: "failed" }), ["fd00::2"]);
  assert.throws(() => found({ state: "up" as "idle" }), { code: "WEFT_BAD_REQUEST" });
  assert.throws(() => found({ peer: "web" }), { code: "WEFT_BAD_REQUEST" });
});

test("addresses in the order of their numbers", () => {
  const order = (list: readonly string[]): string[] => list.toSorted((a, b) => (addressOrder(a as Ip) < addressOrder(b as Ip) ? -1 : 1));
  assert.deepEqual(order(["fd00::1", "10.0.0.10", "10.0.0.9", "9.9.9.9", "::1"]), ["9.9.9.9", "10.0.0.9", "10.0.0.10", "::1", "fd00::1"]);
});
