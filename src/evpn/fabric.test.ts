// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Ip } from "../base/net/ip.ts";
import { Fabric } from "./testing/fabric.ts";
import { macOf } from "./testing/letter-mac.ts";

const size = 3;
const host = fc.nat(size - 1);
const mac = fc.constantFrom("M", "N", "O").map(macOf);
const ip = fc.constantFrom("192.0.2.1", "2001:db8::1") as fc.Arbitrary<Ip>;
const origin = fc.constantFrom("declared" as const, "learned" as const);

type Act = (fabric: Fabric) => void;

/** An act that prints itself in a counterexample. */
function act(text: string, run: Act): Act {
  return Object.assign(run, { [fc.toStringMethod]: () => text });
}

const acts = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.tuple(mac, host, origin).map(([m, h, o]) => act(`${m} starts at ${h} ${o}`, (f) => f.attach(m, h, o))) },
    { weight: 2, arbitrary: fc.tuple(ip, mac, origin).map(([i, m, o]) => act(`${i} is ${m} ${o}`, (f) => f.address(i, m, o))) },
    { weight: 1, arbitrary: fc.tuple(mac, host).map(([m, h]) => act(`late frame of ${m} at ${h}`, (f) => f.lateFrame(m, h))) },
    {
      weight: 5,
      arbitrary: fc
        .tuple(host, host, fc.integer({ min: 1, max: 4 }))
        .map(([a, b, n]) => act(`${a} to ${b}: ${n}`, (f) => f.deliver(a, b, n))),
    },
  ),
  { maxLength: 40 },
);

/** Every host points at the true place of everything, and at nothing else. */
function checkTruth(fabric: Fabric): void {
  for (const [i, { folded, vtep, evpn }] of fabric.hosts.entries()) {
    const remote = [...fabric.at].filter(([, h]) => h !== i).map(([m, h]) => `blue ${m} ${fabric.hosts[h]!.vtep}`);
    assert.deepEqual([...folded.macs].map(([key, value]) => `${key} ${value.split(" ")[0]}`).toSorted(), remote.toSorted());
    const away = [...fabric.macOf].filter(([, m]) => fabric.at.get(m) !== i).map(([a, m]) => `blue ${a} ${m}`);
    assert.deepEqual([...folded.neighbours].map(([key, value]) => `${key} ${value}`).toSorted(), away.toSorted());
    assert.equal(folded.floods.size, size - 1);
    const here = [...fabric.at.values()].filter((h) => h === i).length;
    assert.equal(folded.routes.size, 1 + here + (fabric.macOf.size - away.length), `routes of ${vtep}`);
    assert.equal([...evpn.macs()].length, fabric.at.size);
  }
}

test("whatever the order of moves and messages, all hosts end up pointing at the truth", () => {
  let longest = 0;
  fc.assert(
    fc.property(acts, (list) => {
      const fabric = new Fabric(size);
      for (const run of list) run(fabric);
      longest = Math.max(longest, fabric.calm());
      checkTruth(fabric);
      assert.equal(fabric.calm(), 1, "and nothing stirs any more");
    }),
    { numRuns: 2000 },
  );
  assert.ok(longest <= 6, `${longest} rounds`);
});
