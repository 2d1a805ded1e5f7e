// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ip } from "../base/net/ip.ts";
import type { BfdSettings, SessionSettings } from "../bgp/speaker/config.ts";
import { bfdSessionOf, type Networks } from "./bfd-path.ts";

const networks: Networks = {
  lo: [{ cidr: "127.0.0.1/8" }, { cidr: "10.255.0.1/32" }, { cidr: "::1/128" }],
  eth0: [{ cidr: "10.0.0.1/24" }, { cidr: "fd00::1/64" }],
  broken: [{ cidr: null }],
};
const bfd: BfdSettings = { transmit: 300, receive: 250, multiplier: 4, multihop: "auto" };

const plain = { address: "10.0.0.9" as Ip, asn: 65_000, families: [], port: 179, passive: false, localAddress: undefined, dynamic: false };

function wanted(address: string, more: Partial<SessionSettings> = {}): ReturnType<typeof bfdSessionOf> {
  const settings = { ...plain, address: address as Ip, bfd };
  const local = (address.includes(":") ? "fd00::1" : "10.0.0.1") as Ip;
  return bfdSessionOf({ local, establishedAt: 0, settings: { ...settings, ...more } }, 65_000, () => networks);
}

test("wishes are handed on in microseconds", () => {
  const config = { desiredMinTx: 300_000, requiredMinRx: 250_000, detectMultiplier: 4 };
  assert.deepEqual(wanted("10.0.0.9"), { local: "10.0.0.1", peer: "10.0.0.9", multihop: false, config });
});

for (const [what, address, more, multihop] of [
  ["on our network", "10.0.0.9", {}, false],
  ["on our network, IPv6", "fd00::9", {}, false],
  ["on no network of ours", "10.0.1.9", {}, true],
  ["on no network of ours, IPv6", "fd01::9", {}, true],
  ["a loopback like ours", "10.255.0.2", {}, true],
  ["of another AS", "10.0.1.9", { asn: 65_001 }, false],
  ["of any other AS", "10.0.1.9", { asn: "external" }, false],
  ["of another AS over routers", "10.0.0.9", { asn: 65_001, multihop: 5 }, true],
  ["of another AS, TTL 1", "10.0.0.9", { asn: 65_001, multihop: 1 }, false],
  ["of several AS, among them ours", "10.0.1.9", { asn: [65_000, 65_001] }, true],
  ["said to be near", "10.0.1.9", { bfd: { ...bfd, multihop: "never" } }, false],
  ["said to be far", "10.0.0.9", { bfd: { ...bfd, multihop: "always" } }, true],
] as const) {
  test(`a peer ${what} is ${multihop ? "far" : "near"}`, () => {
    assert.equal(wanted(address, more)?.multihop, multihop);
  });
}

test("without the key there is no session, and nobody asks for the host's networks", () => {
  const asked = (): Networks => assert.fail("asked");
  assert.equal(bfdSessionOf({ local: "10.0.0.1" as Ip, establishedAt: 0, settings: plain }, 65_000, asked), undefined);
});
