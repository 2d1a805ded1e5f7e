// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { ownAlias } from "../ownership.ts";
import { hostForwarding } from "./host-forwarding.ts";

const links = [
  { name: "pub0", alias: undefined, master: 0 },
  { name: "wx100", alias: ownAlias, master: 0 },
  { name: "tap1", alias: undefined, master: 7 },
  { name: "eth0.5", alias: undefined, master: 0 },
];
const asked = (values: Readonly<Record<string, string>>, changed: readonly string[] = []) =>
  hostForwarding(
    links,
    "pub0",
    (name) => values[name],
    (name) => changed.includes(name),
  );

test("a host routes IPv4 for others when an interface that is not ours forwards", () => {
  assert.equal(asked({}).ip4, undefined);
  assert.equal(asked({ "net.ipv4.ip_forward": "1" }).ip4, true);
  const ours = { "net.ipv4.ip_forward": "0", "net.ipv4.conf.pub0.forwarding": "1", "net.ipv4.conf.wx100.forwarding": "1" };
  assert.equal(asked({ ...ours, "net.ipv4.conf.eth0/5.forwarding": "0", "net.ipv4.conf.tap1.forwarding": "1" }).ip4, false);
  assert.equal(asked({ ...ours, "net.ipv4.conf.eth0/5.forwarding": "1" }).ip4, true);
});

test("the same for IPv6, by interface; where the kernel has one switch for all, it is somebody else's unless it is known as ours", () => {
  const all = "net.ipv6.conf.all.forwarding";
  assert.deepEqual(asked({}), { ip4: undefined, ip6: undefined, byInterface6: false });
  assert.equal(asked({ [all]: "0" }).ip6, false);
  assert.equal(asked({ [all]: "1" }).ip6, true);
  assert.equal(asked({ [all]: "1" }, [all]).ip6, false);
  const can = { "net.ipv6.conf.all.force_forwarding": "0", "net.ipv6.conf.pub0.force_forwarding": "1" };
  assert.deepEqual(asked({ ...can, [all]: "0" }), { ip4: undefined, ip6: false, byInterface6: true });
  assert.equal(asked({ ...can, [all]: "1" }).ip6, true);
  assert.equal(asked({ ...can, [all]: "0", "net.ipv6.conf.eth0/5.force_forwarding": "1" }).ip6, true);
});
