// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Ip } from "../../base/net/ip.ts";
import type { PeerPolicy, PolicyModel, RuleModel } from "./policy/model.ts";
import { type PathSpec, reachBody, rtConstrainFamily, unreachBody } from "./testing/path-spec.ts";
import { macNlri, plainPath, RibRig } from "./testing/rib-rig.ts";
import type { RibPeer } from "./types.ts";

const reach = (nlri: readonly (readonly number[])[], path = plainPath, internal = true): Uint8Array =>
  reachBody(path, nlri, 4, internal, true);
const imet = (n: number): number[] => [3, 17, 0, 1, 10, 0, 0, 1, 0, 7, 0, 0, 0, 0, 32, 10, 0, 0, n];

function policy(rules: readonly Partial<RuleModel>[], otherwise: "accept" | "deny" = "accept", name = "p"): PolicyModel {
  return { name, default: otherwise, rules: rules.map((r, i) => ({ name: `#${i + 1}`, action: "accept", ...r })) };
}
const denyTarget = (n: number): PolicyModel => policy([{ match: { routeTarget: [`65000:${n}`] }, action: "deny" }]);
const target = (n: number): PathSpec => ({ ...plainPath, target: n });

function textOf(rig: RibRig, slot: number): string {
  return [...rig.at(slot).table.values()].join("\n");
}

test("import refuses by attributes; what it replaced goes, and the refusal has the name of its rule", () => {
  const rig = new RibRig();
  const [a, b] = [rig.peer(1, { policy: { import: denyTarget(9) } }), rig.peer(2)];
  rig.update(a, reach([macNlri(1), macNlri(2)]));
  rig.settle();
  assert.equal(rig.at(b).table.size, 2);
  const verdict = rig.update(a, reach([macNlri(1), macNlri(3)], target(9)));
  assert.deepEqual([verdict.reaction, verdict.announced, verdict.withdrawn], ["ok", 0, 2]);
  assert.deepEqual(
    verdict.refused?.map((r) => [r.rule.policy, r.rule.rule, r.routes, r.example]),
    [["p", "#1", 2, Uint8Array.from(macNlri(1))]],
  );
  rig.settle();
  assert.equal(rig.at(b).table.size, 1);
  assert.deepEqual(rig.rib.peerStats(a)?.refused, [{ rule: { kind: "policy", policy: "p", rule: "#1" }, routes: 2 }]);
  assert.deepEqual(rig.rib.peerStats(b)?.refused, []);
});

test("import by route type and by key splits an UPDATE", () => {
  const rig = new RibRig();
  const b = rig.peer(2);
  const byType = rig.peer(1, { policy: { import: policy([{ match: { type: [3] }, action: "deny" }]) } });
  rig.update(byType, reach([macNlri(1), imet(1), macNlri(2), imet(2), macNlri(3)]));
  rig.settle();
  assert.equal(rig.at(b).table.size, 3);
  const byMac = rig.peer(3, { policy: { import: policy([{ match: { mac: ["02:00:00:00:00:00/47"] }, action: "accept" }], "deny") } });
  rig.update(byMac, reach([macNlri(1), macNlri(7), macNlri(0), imet(9)]));
  rig.settle();
  assert.equal(rig.rib.received(byMac), 2);
  assert.deepEqual(rig.rib.peerStats(byMac)?.refused, [{ rule: { kind: "policy", policy: "p", rule: "default" }, routes: 2 }]);
});

test("a list of routes that ends in the middle of one is malformed behind a policy too", () => {
  const rig = new RibRig();
  const a = rig.peer(1, { policy: { import: policy([{ match: { type: [3] }, action: "deny" }]) } });
  const broken = macNlri(2);
  broken[1] = 60;
  assert.notEqual(rig.update(a, reach([imet(1), macNlri(1), broken])).reaction, "ok");
});

test("import changes what everybody else gets, and asks once per set of attributes", () => {
  const rig = new RibRig();
  const set = {
    localPref: 300,
    community: { add: ["65000:7", "no-export"] },
    routeTarget: { rewrite: [{ from: "65000:*", to: "65001:*" }] },
  };
  const [a, b] = [rig.peer(1, { policy: { import: policy([{ set }]) } }), rig.peer(2)];
  const e = rig.peer(3, { role: "ebgp", asn: 65009 });
  for (let n = 0; n < 5; n++) rig.update(a, reach([macNlri(n)]));
  rig.settle();
  assert.equal(rig.at(b).table.size, 5);
  assert.match(textOf(rig, b), /fde90000000[01]/);
  assert.match(textOf(rig, b), /fde80007ffffff01/);
  assert.match(textOf(rig, b), /0000012c/);
  assert.equal(rig.at(e).table.size, 0, "no-export counts, though a policy put it there");
  assert.equal(rig.rib.stats().attributeSets, 2, "as it came and as it is used");
  rig.rib.removePeer(a);
  rig.settle();
  assert.equal(rig.rib.stats().attributeSets, 0);
});

test("LOCAL_PREF that a policy sets on routes of another AS decides and is told on", () => {
  const rig = new RibRig();
  const e = rig.peer(1, { role: "ebgp", asn: 65009, policy: { import: policy([{ set: { localPref: 200 } }]) } });
  const [other, b] = [rig.peer(2), rig.peer(3)];
  const path = { ...plainPath, asPath: [65009], nextHop: [10, 1, 1, 1] };
  rig.update(other, reach([macNlri(1)]));
  rig.update(e, reach([macNlri(1)], path, false));
  rig.settle();
  assert.match(textOf(rig, b), /0a010101/);
  assert.match(textOf(rig, b), /000000c8/);
});

test("export keeps routes back, changes them, and sends a MED on to another AS only when it set it", () => {
  const rig = new RibRig();
  const a = rig.peer(1);
  const plain = rig.peer(2, { role: "ebgp", asn: 65009 });
  const withMed = rig.peer(3, { role: "ebgp", asn: 65009, policy: { export: policy([{ set: { med: 77 } }]) } });
  const quiet = rig.peer(4, { policy: { export: policy([{ match: { type: [2] }, action: "deny" }]) } });
  rig.settle();
  rig.update(a, reach([macNlri(1), imet(1)], { ...plainPath, med: 5 }));
  rig.settle();
  assert.doesNotMatch(textOf(rig, plain), /4,80=|00000005|0000004d/);
  assert.match(textOf(rig, withMed), /0000004d/);
  assert.deepEqual([rig.at(withMed).table.size, rig.at(quiet).table.size], [2, 1]);
  assert.deepEqual(rig.rib.peerStats(quiet)?.keptBack, [{ rule: { kind: "policy", policy: "p", rule: "#1" }, routes: 1 }]);
});

test("export may treat routes of one set differently", () => {
  const rig = new RibRig();
  const split = policy([
    { match: { mac: ["02:00:00:00:00:01"] }, set: { community: { add: ["65000:1"] } } },
    { match: { mac: ["02:00:00:00:00:02"] }, action: "deny" },
    { match: { vni: ["200-300"] }, set: { community: { add: ["65000:3"] } } },
  ]);
  const [a, b] = [rig.peer(1), rig.peer(2, { policy: { export: split } })];
  const all = [macNlri(1), macNlri(2), macNlri(3, 200), macNlri(4)];
  rig.update(a, reach(all));
  rig.settle();
  const routes = (): number[] => ["fde80001", "fde80003"].map((c) => [...rig.at(b).table.values()].filter((t) => t.includes(c)).length);
  assert.deepEqual([rig.at(b).table.size, ...routes()], [3, 1, 1]);
  rig.update(a, reach([macNlri(3, 100)]));
  rig.settle();
  assert.deepEqual([rig.at(b).table.size, ...routes()], [3, 1, 0]);
  rig.update(a, unreachBody(all));
  rig.settle();
  assert.equal(rig.at(b).table.size, 0);
});

test("a new export policy sends exactly the difference", () => {
  const rig = new RibRig();
  const [a, b] = [rig.peer(1), rig.peer(2, { policy: { export: denyTarget(8) } })];
  const unmoved = rig.peer(3);
  for (let n = 0; n < 30; n++) rig.update(a, reach([macNlri(n)], target(n % 10)));
  rig.settle();
  assert.equal(rig.at(b).table.size, 27);
  const before = [rig.at(b).messages, rig.at(unmoved).messages];
  assert.equal(rig.rib.setPolicy(b, { export: denyTarget(9) }), false);
  rig.settle();
  assert.equal(rig.at(b).table.size, 27);
  assert.doesNotMatch(textOf(rig, b), /0002fde800000009/);
  assert.deepEqual(
    [rig.at(b).messages, rig.at(unmoved).messages],
    [before[0]! + 2, before[1]],
    "3 routes in one message, 3 withdrawn in one",
  );
  // The same rules in other lines are the same policy.
  rig.rib.setPolicy(b, { export: { ...denyTarget(9), rules: denyTarget(9).rules.map((r) => ({ ...r, line: 12 })) } });
  rig.settle();
  assert.equal(rig.at(b).messages, before[0]! + 2);
});

test("a new import policy wants the routes again", () => {
  const rig = new RibRig();
  const a = rig.peer(1);
  rig.update(a, reach([macNlri(1)], target(9)));
  assert.equal(rig.rib.setPolicy(a, {}), false);
  assert.equal(rig.rib.setPolicy(a, { import: denyTarget(9) }), true);
  assert.equal(rig.rib.received(a), 1);
  rig.update(a, reach([macNlri(1)], target(9)));
  assert.equal(rig.rib.received(a), 0);
  assert.equal(rig.rib.setPolicy(a, { import: denyTarget(9), routeLimit: 5 }), false);
  assert.equal(rig.rib.setPolicy(a, undefined), true);
});

test("a limit keeps new routes out and lets those that are there change", () => {
  const rig = new RibRig();
  const a = rig.peer(1, { policy: { routeLimit: 3 } });
  assert.equal(rig.update(a, reach([1, 2, 3, 4, 5].map((n) => macNlri(n)))).announced, 3);
  assert.equal(rig.update(a, reach([macNlri(2), macNlri(9)], target(4))).announced, 1);
  rig.update(a, unreachBody([macNlri(1)]));
  assert.equal(rig.update(a, reach([macNlri(9), macNlri(10)])).announced, 1);
  assert.equal(rig.rib.received(a), 3);
  assert.deepEqual(rig.rib.peerStats(a)?.refused, [{ rule: { kind: "limit", policy: "limit", rule: "maximum" }, routes: 4 }]);
});

test("a host announces its own next hops and RDs, nobody else's", () => {
  const rig = new RibRig();
  const address = "10.9.9.1" as Ip;
  const policy: PeerPolicy = { admission: { nextHops: ["own"], rds: ["own"] } };
  const honest = rig.peer(1, { address, routerId: 0x0a000001, policy });
  const liar = rig.peer(2, { address: "10.9.9.2" as Ip, routerId: 0x0a000002, policy });
  rig.update(honest, reach([macNlri(1)]));
  const rules = (body: Uint8Array): (string | undefined)[] => rig.update(liar, body).refused?.map((r) => r.rule.rule) ?? [];
  assert.deepEqual(rules(reach([macNlri(1)])), ["next-hop"]);
  assert.deepEqual(rules(reach([macNlri(1)], { ...plainPath, nextHop: [10, 9, 9, 2] })), ["rd"]);
  const own = macNlri(1).with(7, 2);
  assert.deepEqual(rules(reach([own], { ...plainPath, nextHop: [10, 9, 9, 2] })), []);
  assert.deepEqual([rig.rib.received(honest), rig.rib.received(liar)], [1, 1]);
  assert.deepEqual(rules(reach([own])), ["next-hop"], "what it had goes with a lie about it");
  assert.deepEqual([rig.rib.received(honest), rig.rib.received(liar)], [1, 0]);
});

test("each of several paths is judged with its own label, not the best path's", () => {
  const rig = new RibRig();
  const [a, b, c] = [rig.peer(1), rig.peer(2), rig.peer(5)];
  const marked = { export: policy([{ match: { vni: ["100"] }, set: { community: { add: ["65000:1"] } } }]) };
  const denied = { export: policy([{ match: { vni: ["100"] }, action: "deny" }]) };
  const [all, few] = [
    rig.peer(3, { addPath: { receive: false, send: "all" }, policy: marked }),
    rig.peer(4, { addPath: { receive: false, send: 2 }, policy: denied }),
  ];
  rig.update(b, reach([macNlri(1, 100)]));
  rig.settle();
  rig.update(a, reach([macNlri(1, 150)]));
  rig.update(c, reach([macNlri(1, 150)]));
  rig.settle();
  assert.equal([...rig.at(all).table.values()].filter((t) => t.includes("fde80001")).length, 1);
  assert.equal(rig.at(all).table.size, 3);
  assert.deepEqual(
    [...rig.at(few).table.values()].map((t) => t.includes("000096 via")),
    [true, true],
  );
  rig.update(a, reach([macNlri(1, 100)]));
  rig.settle();
  assert.equal(rig.at(few).table.size, 1);
});

const anyRule = fc.record({
  match: fc.record(
    {
      type: fc.constantFrom([2], [3]),
      routeTarget: fc.constantFrom(["65000:1"], ["65000:2", "65000:3"], ["*:1"]),
      mac: fc.constantFrom(["02:00:00:00:00:00/47"], ["02:00:00:00:00:04/46"]),
      vni: fc.constantFrom(["100"], ["101-200"]),
    },
    { requiredKeys: [] },
  ),
  set: fc.record(
    { localPref: fc.constantFrom(50, 200), community: fc.constant({ add: ["1:1"] }), routeTarget: fc.constant({ add: ["65000:2"] }) },
    { requiredKeys: [] },
  ),
  action: fc.constantFrom("accept" as const, "deny" as const, "continue" as const),
});
const anyPolicy = fc
  .tuple(fc.array(anyRule, { maxLength: 3 }), fc.constantFrom("accept" as const, "deny" as const))
  .map(([rules, otherwise]) => policy(rules, otherwise));
const anyStep = fc.oneof(
  fc.record({
    do: fc.constant("announce" as const),
    from: fc.nat(2),
    n: fc.nat(7),
    target: fc.integer({ min: 1, max: 3 }),
    label: fc.constantFrom(100, 150),
  }),
  fc.record({ do: fc.constant("withdraw" as const), from: fc.nat(2), n: fc.nat(7) }),
  fc.record({ do: fc.constant("policy" as const), policy: fc.option(anyPolicy, { nil: undefined }) }),
  fc.record({ do: fc.constant("flush" as const) }),
  fc.record({ do: fc.constant("ask" as const), target: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant("stall" as const), full: fc.boolean() }),
);

const kinds: Readonly<Record<string, Partial<RibPeer>>> = {
  plain: {},
  "all paths": { addPath: { receive: false, send: "all" } },
  "two paths": { addPath: { receive: false, send: 2 } },
  asking: { families: ["l2vpn-evpn", "rt-constrain"] },
};
const membershipsOf = (list: Iterable<number>): number[][] => Array.from(list, (n) => [96, 0, 0, 0xfd, 0xe8, 0, 2, 0xfd, 0xe8, 0, 0, 0, n]);

/** What it asks for besides, and that this is all. */
function ask(rig: RibRig, slot: number, list: Iterable<number>): void {
  rig.update(slot, reachBody({ ...plainPath, targets: [] }, membershipsOf(list), 4, true, true, rtConstrainFamily));
  rig.update(slot, unreachBody([], rtConstrainFamily));
}

for (const [kind, more] of Object.entries(kinds)) {
  test(`whatever policies came and went, a peer holds what one that comes new is sent: ${kind}`, () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
        const rig = new RibRig({ sizes: { pageWords: 256, indexSlots: 8, batch: 3, step: 2 } });
        const sources = [rig.peer(1), rig.peer(2), rig.peer(5)];
        const watched = rig.peer(3, more);
        const asked = new Set([1]);
        if (kind === "asking") ask(rig, watched, asked);
        let now: PolicyModel | undefined;
        for (const step of steps) {
          if (step.do === "announce") rig.update(sources[step.from]!, reach([macNlri(step.n, step.label)], target(step.target)));
          else if (step.do === "withdraw") rig.update(sources[step.from]!, unreachBody([macNlri(step.n)]));
          else if (step.do === "policy") rig.rib.setPolicy(watched, (now = step.policy) && { export: now });
          else if (step.do === "flush") rig.rib.flush();
          else if (step.do === "ask") {
            if (kind !== "asking") continue;
            if (!asked.delete(step.target)) ask(rig, watched, asked.add(step.target));
            else rig.update(watched, unreachBody(membershipsOf([step.target]), rtConstrainFamily));
          } else if (step.full) rig.full.add(watched);
          else if (rig.full.delete(watched)) rig.rib.drained(watched);
        }
        if (rig.full.delete(watched)) rig.rib.drained(watched);
        rig.settle();
        const fresh = rig.peer(4, { ...more, ...(now && { policy: { export: now } }) });
        if (kind === "asking") ask(rig, fresh, asked);
        rig.settle();
        assert.deepEqual(rig.at(watched).table, rig.at(fresh).table);
      }),
      { numRuns: 400 },
    );
  });
}
