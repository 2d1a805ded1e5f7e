// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ip } from "../../base/net/ip.ts";
import type { Rd } from "../../base/net/rd.ts";
import { EvpnError } from "../errors.ts";
import { RdAllocator } from "./route-distinguisher.ts";

const routerId = "10.0.0.1" as Ip;

test("the low bits of the VNI are the first choice, the next free index the second", () => {
  const rds = new RdAllocator(routerId);
  assert.equal(rds.assign(100), "10.0.0.1:100");
  assert.equal(rds.assign(0x10000 + 100), "10.0.0.1:101");
  assert.equal(rds.assign(100), "10.0.0.1:100");
  assert.equal(rds.assign(0x10000), "10.0.0.1:1", "0 is no index");
  rds.release(100);
  rds.release(100);
  assert.equal(rds.assign(0x20000 + 100), "10.0.0.1:100");
});

test("an RD made by hand is left alone", () => {
  const rds = new RdAllocator(routerId);
  rds.reserve("10.0.0.1:100" as Rd);
  rds.reserve("10.0.0.9:101" as Rd);
  assert.equal(rds.assign(100), "10.0.0.1:101");
});

test("an RD made by hand takes the place of an automatic one", () => {
  const rds = new RdAllocator(routerId);
  rds.assign(100);
  rds.reserve("10.0.0.1:100" as Rd);
  rds.reserve("10.0.0.1:100" as Rd);
  assert.equal(rds.assign(100), "10.0.0.1:101");
});

test("65,535 networks and no more", () => {
  const rds = new RdAllocator(routerId);
  const all = new Set<Rd>();
  for (let vni = 1; vni <= 0xffff; vni++) all.add(rds.assign(vni));
  assert.equal(all.size, 0xffff);
  assert.throws(() => rds.assign(0x10000), EvpnError);
});
