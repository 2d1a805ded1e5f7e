// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ip } from "../../base/net/ip.ts";
import type { LocalChange } from "../../evpn/types.ts";
import type { DomainPlan, NetworkPlan } from "../desired/network-plan.ts";
import type { ActualRoute, KernelEvent } from "../kernel/actual.ts";
import { Mirror } from "../kernel/mirror.ts";
import { routeValue } from "../kernel/own-entries.ts";
import { resolveNetworks } from "../desired/resolve-networks.ts";
import { agentConfig } from "../testing/fake-host.ts";
import { LocalPrefixes } from "./local-prefixes.ts";

const ns = "weft-shop";

function plans(redistribute: string): readonly [readonly DomainPlan[], readonly NetworkPlan[]] {
  const { domains, plans: networks } = resolveNetworks(
    agentConfig(`
domains: [{ name: shop, l3vni: 5001, redistribute: ${redistribute} }]
networks: [{ name: web, vni: 101, domain: shop, subnets: [{ cidr: 10.1.1.0/24, gateway: 10.1.1.1 }] }]
`),
    [],
    undefined,
  );
  return [domains, networks];
}

const route = (name: string, protocol: number | undefined, type: ActualRoute["type"] = "unicast"): KernelEvent => ({
  kind: "route",
  name,
  route: protocol === undefined ? undefined : routeValue(type, protocol, [{ via: undefined, dev: 2 }]),
});

function texts(changes: readonly LocalChange[]): readonly string[] {
  return changes.map((c) => {
    if (c.kind === "prefix-up") return `+${c.prefix.prefix.ip}/${c.prefix.prefix.length} ${c.prefix.origin}`;
    return c.kind === "prefix-down" ? `-${c.prefix.ip}/${c.prefix.length}` : c.kind;
  });
}

function started(redistribute: string) {
  const mirror = new Mirror();
  mirror.addNamespace(ns);
  const prefixes = new LocalPrefixes();
  prefixes.configure(...plans(redistribute));
  const step = (...events: readonly KernelEvent[]): readonly string[] => {
    mirror.apply(ns, events);
    return texts(prefixes.update(mirror, mirror.takeChanges()));
  };
  return { mirror, prefixes, step };
}

test("what is redistributed is told by its protocol; subnets with a gateway and what peers told are not", () => {
  const { step } = started("[kernel, 186]");
  assert.deepEqual(step(route("10.9.0.0/16 0", 3), route("10.8.0.0/16 0", 4), route("10.7.0.0/16 20", 186)), [
    "+10.9.0.0/16 kernel",
    "+10.7.0.0/16 kernel",
  ]);
  assert.deepEqual(step(route("10.1.1.0/24 0", 3), route("10.6.0.0/16 2087", 87)), []);
  assert.deepEqual(step(route("10.5.0.0/16 1087", 87), route("fd05::/32 1024", 3, "blackhole")), [
    "+10.5.0.0/16 static",
    "+fd05::/32 kernel",
  ]);
});

test("the host's address in the underlay is no prefix of a tenant", () => {
  const { prefixes, step } = started("[connected]");
  const [domains, networks] = plans("[connected]");
  prefixes.configure(
    domains.map((d) => ({ ...d, tunnel: { ...d.tunnel!, vtep: "fd00:ff::1" as Ip } })),
    networks,
  );
  assert.deepEqual(step(route("fd00:ff::1/128 256", 2), route("fd00:9::/64 256", 2)), ["+fd00:9::/64 kernel"]);
});

test("a prefix stays while one of its routes does, and says where it is from", () => {
  const { step } = started("[kernel]");
  assert.deepEqual(step(route("10.9.0.0/16 0", 3)), ["+10.9.0.0/16 kernel"]);
  assert.deepEqual(step(route("10.9.0.0/16 1087", 87)), ["+10.9.0.0/16 static"]);
  assert.deepEqual(step(route("10.9.0.0/16 0", undefined)), []);
  assert.deepEqual(step(route("10.9.0.0/16 1087", undefined)), ["-10.9.0.0/16"]);
});

test("another configuration, a namespace that vanished, a domain that went", () => {
  const { mirror, prefixes, step } = started("[kernel]");
  assert.deepEqual(step(route("10.9.0.0/16 0", 3), route("10.8.0.0/16 0", 4)), ["+10.9.0.0/16 kernel"]);
  assert.deepEqual(prefixes.configure(...plans("[static]")), []);
  assert.deepEqual(step(), ["-10.9.0.0/16", "+10.8.0.0/16 kernel"]);
  mirror.removeNamespace(ns);
  assert.deepEqual(texts(prefixes.update(mirror, mirror.takeChanges())), ["-10.8.0.0/16"]);
  mirror.addNamespace(ns);
  assert.deepEqual(step(route("10.8.0.0/16 0", 4)), ["+10.8.0.0/16 kernel"]);
  assert.deepEqual(texts(prefixes.configure([], [])), ["-10.8.0.0/16"]);
});
