// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { ownAlias } from "../ownership.ts";
import { hostRoutes } from "./host-routes.ts";

const links = [
  { name: "pub0", alias: undefined, master: 0 },
  { name: "wx100", alias: ownAlias, master: 0 },
  { name: "tap1", alias: undefined, master: 7 },
  { name: "eth0.5", alias: undefined, master: 0 },
];

test("a host routes for others when an interface that is not ours forwards", () => {
  const asked = (values: Readonly<Record<string, string>>): boolean | undefined => hostRoutes(links, "pub0", (name) => values[name]);
  assert.equal(asked({}), undefined);
  assert.equal(asked({ "net.ipv4.ip_forward": "1" }), true);
  const ours = { "net.ipv4.ip_forward": "0", "net.ipv4.conf.pub0.forwarding": "1", "net.ipv4.conf.wx100.forwarding": "1" };
  assert.equal(asked({ ...ours, "net.ipv4.conf.eth0/5.forwarding": "0", "net.ipv4.conf.tap1.forwarding": "1" }), false);
  assert.equal(asked({ ...ours, "net.ipv4.conf.eth0/5.forwarding": "1" }), true);
});
