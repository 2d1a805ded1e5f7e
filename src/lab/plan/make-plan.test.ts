// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseLabTopology } from "../../contract/config/load.ts";
import { LabError } from "../errors.ts";
import { smallTopology } from "../testing/small-topology.ts";
import { linkAddresses, loopback } from "./addresses.ts";
import { makePlan } from "./make-plan.ts";
import { bounded, fabricInterface, namespaceName, portInterface } from "./names.ts";

test("a topology becomes members, links and workloads with their names and addresses", () => {
  const plan = makePlan(smallTopology());
  assert.deepEqual(
    plan.members.map((m) => [m.name, m.role, m.kind, m.namespace, m.loopback]),
    [
      ["s1", "spine", "spine", "small-s1", "10.99.255.1"],
      ["s2", "spine", "spine", "small-s2", "10.99.255.2"],
      ["rr1", "reflector", "weft", "small-rr1", "10.99.0.1"],
      ["h1", "node", "weft", "small-h1", "10.99.1.1"],
      ["f1", "node", "frr", "small-f1", "10.99.1.2"],
    ],
  );
  assert.deepEqual(
    plan.links.map((l) => l.name),
    ["s1-rr1", "s1-h1", "s1-f1", "s2-rr1", "s2-h1", "s2-f1"],
  );
  assert.deepEqual(plan.members.find((m) => m.name === "h1")!.uplinks, [
    { name: "to-s1", neighbour: "s1", address: "10.98.0.3", neighbourAddress: "10.98.0.2", neighbourLoopback: "10.99.255.1" },
    { name: "to-s2", neighbour: "s2", address: "10.98.0.9", neighbourAddress: "10.98.0.8", neighbourLoopback: "10.99.255.2" },
  ]);
  assert.deepEqual(
    plan.workloads.map((w) => [w.name, w.node, w.vni, w.domain, w.port]),
    [
      ["b1", "h1", 100, undefined, "p-b1"],
      ["r1", "f1", 200, "shop", "p-r1"],
    ],
  );
});

test("an IPv6 underlay keeps IPv4 identifiers", () => {
  const [spine] = makePlan(smallTopology("{ spines: 1, family: ipv6 }")).members;
  assert.equal(spine!.loopback, "fd99:0:255::1");
  assert.equal(spine!.routerId, "10.99.255.1");
});

test("the same name twice, and a workload on something that does not switch, are refused", () => {
  const parse = (nodes: string, workloads: string) => () =>
    makePlan(parseLabTopology(`{ name: x, nodes: ${nodes}, networks: { n: { vni: 1 } }, workloads: ${workloads} }`, "x.yaml"));
  const isTopologyError = (e: unknown): boolean => e instanceof LabError && e.code === "WEFT_LAB_TOPOLOGY";
  assert.throws(parse("{ s1: {} }", "{}"), isTopologyError);
  assert.throws(parse("{ h1: {} }", "{ h1: { node: h1, network: n, ip: 10.0.0.1/24 } }"), isTopologyError);
  assert.doesNotThrow(parse("{ h1: {} }", "{ w1: { node: h1, network: n, ip: 10.0.0.1/24 } }"));
});

test("names stay within what the kernel and FRR take, and apart", () => {
  assert.equal(fabricInterface("s1"), "to-s1");
  assert.equal(namespaceName("my.lab", "h1"), "my_lab-h1");
  const name = fc.stringMatching(/^[a-z][a-z0-9.-]{0,62}$/);
  fc.assert(
    fc.property(name, name, (a, b) => {
      assert.ok(fabricInterface(a).length <= 15 && portInterface(a).length <= 15 && namespaceName(a, b).length <= 48);
      if (a !== b && a.slice(0, 10) !== b.slice(0, 10)) assert.notEqual(fabricInterface(a), fabricInterface(b));
    }),
  );
  assert.notEqual(bounded("workload-number-one", 15), bounded("workload-number-two", 15));
});

test("links and loopbacks never share an address", () => {
  for (const family of ["ipv4", "ipv6"] as const) {
    const all = Array.from({ length: 300 }, (_, i) => linkAddresses(family, i)).flat();
    for (let n = 1; n <= 250; n++) all.push(loopback(family, "node", n), loopback(family, "reflector", n), loopback(family, "spine", n));
    assert.equal(new Set(all).size, all.length);
  }
});
