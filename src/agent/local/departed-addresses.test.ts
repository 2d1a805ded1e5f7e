// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import { DepartedAddresses } from "./departed-addresses.ts";

const [m, n] = ["02:00:00:00:00:01", "02:00:00:00:00:02"] as Mac[] as [Mac, Mac];
const [a, b] = ["192.0.2.1", "192.0.2.2"] as Ip[] as [Ip, Ip];

test("addresses of a MAC are told once, per network", () => {
  const departed = new DepartedAddresses();
  departed.note("blue", m, a, 0);
  departed.note("blue", n, b, 0);
  departed.note("blue", m, b, 5000);
  departed.note("red", m, b, 5000);
  assert.deepEqual(departed.take("blue", m, 6000), [a, b]);
  assert.deepEqual(departed.take("blue", m, 6000), []);
  assert.deepEqual(departed.take("red", m, 6000), [b]);
});

test("what departed long ago is forgotten", () => {
  const departed = new DepartedAddresses();
  departed.note("blue", m, a, 0);
  departed.note("blue", n, b, 9000);
  assert.deepEqual(departed.take("blue", m, 10_001), []);
  assert.deepEqual(departed.take("blue", n, 10_001), [b]);
});
