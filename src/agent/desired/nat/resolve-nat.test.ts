// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ip } from "../../../base/net/ip.ts";
import { agentConfig } from "../../testing/fake-host.ts";
import { resolveNat } from "./resolve-nat.ts";

const config = agentConfig(`
public: { interface: pub0, announce: [arp, bgp] }
domains: [{ name: red, nat: {}, external: { subnets: [198.51.100.0/24] } }]
networks: [{ name: n, vni: 1, domain: red }, { name: flat, vni: 2 }]
ports:
  - { name: a, network: n, interface: pa, mac: "02:00:00:00:00:01", ips: [10.0.0.1] }
  - { name: b, network: flat, interface: pb, mac: "02:00:00:00:00:02", ips: [10.0.0.1] }
floatingIps:
  - { address: 203.0.113.1, port: a }
  - { address: "2001:db8::1", port: a }
  - { address: 203.0.113.2, port: b }
  - { address: 203.0.113.3, port: elsewhere }
  - { address: 203.0.113.16/28, ip: 10.0.0.16/28, domain: red, announce: bgp }
`);
const links = new Map([["red", 100]]);
const local = (...ips: string[]) => new Map([["red", new Set(ips as Ip[])]]);
const addresses = ["203.0.113.254", "fe80::1"] as Ip[];

test("a floating IP is active where its workload is; what it cannot do has a reason and stops no other", () => {
  const plan = resolveNat(config, { local: local("10.0.0.1", "10.0.0.17", "10.0.0.40"), addresses, links });
  assert.deepEqual(
    plan.floating.map((f) => `${f.address.ip} ${f.state} ${f.pairs.map((p) => `${p.outer}=${p.inner}`).join(",")}`),
    [
      "203.0.113.1 active 203.0.113.1=10.0.0.1",
      "2001:db8::1 refused ",
      "203.0.113.2 refused ",
      "203.0.113.3 elsewhere ",
      "203.0.113.16 active 203.0.113.17=10.0.0.17",
    ],
  );
  assert.deepEqual(
    plan.announced.map((a) => `${a.prefix.ip}/${a.prefix.length} via ${a.nextHop}`),
    ["203.0.113.1/32 via 203.0.113.254", "203.0.113.17/32 via 203.0.113.254", "198.51.100.0/24 via 203.0.113.254"],
  );
  assert.deepEqual([...plan.problems.keys()], ["floating IP 2001:db8::1", "floating IP 203.0.113.2"]);
});

test("without the public interface nothing is announced, and it says so", () => {
  const plan = resolveNat(config, { local: local("10.0.0.1"), addresses: undefined, links });
  assert.deepEqual(plan.announced, []);
  assert.ok(plan.problems.has("public interface pub0"));
  assert.equal(plan.public!.address, undefined);
});
