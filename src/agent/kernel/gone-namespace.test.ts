// SPDX-License-Identifier: Apache-2.0
/** A namespace that goes while an audit, which takes many turns of the loop, is on its way. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { NamespaceName } from "../desired/object.ts";
import { FakeHost } from "../testing/fake-host.ts";
import { dynamicNeighbourKeys, ownedButMacs } from "./owned-keys.ts";

const config = `
domains: [{ name: one, l3vni: 5001 }, { name: two, l3vni: 5002 }]
networks:
  - { name: a, vni: 101, domain: one, subnets: [{ cidr: 10.1.1.0/24, gateway: 10.1.1.1 }] }
  - { name: b, vni: 102, domain: two, subnets: [{ cidr: 10.1.2.0/24, gateway: 10.1.2.1 }] }
`;
const [one, two] = ["weft-one", "weft-two"] as const satisfies readonly NamespaceName[];

test("what is walked through passes it over", async () => {
  const host = new FakeHost();
  const { kernel, mirror } = await host.start(config);
  const [keys, neighbours] = [ownedButMacs(mirror)[Symbol.iterator](), dynamicNeighbourKeys(mirror)[Symbol.iterator]()];
  assert.equal(keys.next().done, false);
  kernel.deleteNamespace(two);
  const rest = [...{ [Symbol.iterator]: () => keys }];
  assert.ok(rest.some((key) => key.includes(one)));
  assert.ok(!rest.some((key) => key.includes(two)));
  assert.equal(neighbours.next().done, true);
  await host.stop();
});

test("what is read of it is not taken for what there is", async () => {
  const host = new FakeHost();
  const { kernel, mirror } = await host.start(config);
  // Once before each part of what is read, and once more while that is on its way.
  for (let parts = 0; ; parts++) {
    const reading = kernel.snapshotInSlices(two);
    for (let n = 0; n < parts; n++) assert.equal((await reading.next()).done, false);
    const part = reading.next();
    if (kernel.conn(two) === undefined) break;
    kernel.deleteNamespace(two);
    await part;
    assert.equal((await reading.next()).done, true, `after part ${parts}`);
    assert.equal(mirror.hasNamespace(two), false, `part ${parts}`);
    if (parts === 8) break;
    kernel.createNamespace(two);
  }
  await host.stop();
});
