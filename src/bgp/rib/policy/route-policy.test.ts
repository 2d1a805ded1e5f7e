// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Ip } from "../../../base/net/ip.ts";
import { attributesOf } from "../testing/path-spec.ts";
import { macNlri, plainPath } from "../testing/rib-rig.ts";
import type { RibPeer } from "../types.ts";
import type { PolicyModel, RuleMatch, RuleModel } from "./model.ts";
import { compilePeerPolicy } from "./peer-policy.ts";
import { compilePolicy } from "./route-policy.ts";
import { NlriView, SetView } from "./route-view.ts";

const model = (rules: readonly Partial<RuleModel>[], otherwise: "accept" | "deny" = "deny"): PolicyModel => ({
  name: "p",
  default: otherwise,
  rules: rules.map((r, i) => ({ name: `#${i + 1}`, action: "accept", ...r })),
});
const set = (more: Partial<typeof plainPath> = {}): SetView =>
  new SetView(Uint8Array.from([4, 10, 9, 9, 1, ...attributesOf({ ...plainPath, ...more }, 4, true)]));
const mac = new NlriView().over(Uint8Array.from(macNlri(1)), 0);
const withIp = new NlriView().over(Uint8Array.from([2, 40, ...macNlri(1).slice(2, 31), 32, 192, 168, 1, 7, 0, 0, 100, 0, 1, 0x2c]), 0);
const prefix = new NlriView().over(
  Uint8Array.from([5, 34, 0, 1, 10, 0, 0, 1, 0, 7, ...Array<number>(14).fill(0), 24, 10, 7, 1, 0, 0, 0, 0, 0, 0, 0, 9]),
  0,
);

const cases: readonly (readonly [match: RuleMatch, nlri: NlriView, set: SetView, holds: boolean])[] = [
  [{ type: [2, 3] }, mac, set(), true],
  [{ type: [5] }, mac, set(), false],
  [{ routeTarget: ["65000:1"] }, mac, set(), true],
  [{ routeTarget: ["65000:2", "*:3"] }, mac, set(), false],
  [{ extendedCommunity: ["mac-mobility"] }, mac, set({ sequence: 3 }), true],
  [{ community: ["no-export"] }, mac, set({ communities: [0xffffff01] }), true],
  [{ nextHop: ["10.9.0.0/16"] }, mac, set(), true],
  [{ nextHop: ["10.9.9.2", "fd00::/8"] }, mac, set(), false],
  [{ rd: ["10.0.0.1:*"] }, mac, set(), true],
  [{ rd: ["65000:7"] }, mac, set(), false],
  [{ mac: ["02:00:00:00:00:01"] }, mac, set(), true],
  [{ mac: ["02:00:00:00:00:01"] }, prefix, set(), false],
  [{ prefix: ["192.168.0.0/16"] }, withIp, set(), true],
  [{ prefix: ["192.168.0.0/16"] }, mac, set(), false],
  [{ prefix: ["10.0.0.0/8 le 16"] }, prefix, set(), false],
  [{ prefix: ["10.7.1.0/24 exact"] }, prefix, set(), true],
  [{ vni: ["100"] }, mac, set(), true],
  [{ vni: ["300"] }, withIp, set(), true],
  [{ vni: ["9"] }, prefix, set(), true],
  [{ vni: ["10-99"] }, mac, set(), false],
  [{ neighbourAs: [65001] }, mac, set({ asPath: [65001, 65002] }), true],
  [{ throughAs: [65002] }, mac, set({ asPath: [65001, 65002, 65003] }), true],
  [{ originAs: [65002] }, mac, set({ asPath: [65001, 65002, 65003] }), false],
  [{ type: [2], routeTarget: ["65000:2"] }, mac, set(), false],
];
for (const [match, nlri, view, holds] of cases)
  test(`${JSON.stringify(match)} ${holds ? "holds" : "does not hold"}`, () => {
    assert.equal(compilePolicy(model([{ match }])).decide(view, nlri).accepted, holds);
  });

test("rules look no further than they have to", () => {
  const looksAt = (...rules: RuleMatch[]): string => compilePolicy(model(rules.map((match) => ({ match })))).looksAt;
  assert.equal(looksAt({}, { nextHop: ["10.0.0.1"] }), "attributes");
  assert.equal(looksAt({ routeTarget: ["1:1"] }, { type: [5] }), "type");
  assert.equal(looksAt({ type: [5] }, { mac: ["02:00:00:00:00:01"] }), "nlri");
});

test("continue: what follows sees what was set; the first decision counts", () => {
  const policy = compilePolicy(
    model([
      { set: { community: { add: ["65000:1"] } }, action: "continue" },
      { match: { community: ["65000:2"] }, action: "deny" },
      { match: { community: ["65000:1"] }, set: { localPref: 7 }, action: "accept" },
      { action: "deny" },
    ]),
  );
  const passed: string[] = [];
  const view = set();
  const decision = policy.decide(view, mac, (rule) => void passed.push(rule.rule));
  assert.deepEqual([decision.accepted, decision.rule.rule, passed], [true, "#3", ["#1", "#3"]]);
  assert.equal(policy.decide(view, mac).set, decision.set, "asked again it gives the same set");
});

test("automatic targets of a four-octet AS have its low 16 bits", () => {
  const peer = { address: "10.0.0.1" as Ip, routerId: 1 } as RibPeer;
  const { import: policy } = compilePeerPolicy({ rewriteTargets: { from: 4_200_000_000, to: 65_001 } }, peer);
  const targets = [0, 2, 0xea00 >> 8, 0xea00 & 255, 0, 0, 0, 100];
  const short = Uint8Array.from([4, 10, 0, 0, 1, 0xc0, 16, 8, ...targets]);
  assert.equal(4_200_000_000 & 0xffff, 0xea00);
  const { octets } = policy!.decide(new SetView(short), mac).set;
  assert.deepEqual(octets.slice(-8), Uint8Array.of(0, 2, 0xfd, 0xe9, 0, 0, 0, 100));
});

test("whatever octets come, there is a decision", () => {
  const everything: RuleMatch = {
    routeTarget: ["1:1"],
    community: ["1:1"],
    largeCommunity: ["1:1:1"],
    extendedCommunity: ["color"],
    nextHop: ["10.0.0.0/8", "fd00::/8"],
    neighbourAs: [1],
    throughAs: [1],
    originAs: [1],
    rd: ["*:*"],
    mac: ["02:00:00:00:00:00/8"],
    prefix: ["0.0.0.0/0", "::/0"],
    vni: ["0-16777215"],
    type: [1, 2, 3, 4, 5],
  };
  // Each by itself: together the first that fails would hide the others.
  const policy = compilePolicy(
    model(Object.entries(everything).map(([key, value]) => ({ match: { [key]: value as never }, action: "continue" }))),
  );
  const admission = compilePeerPolicy(
    { admission: { nextHops: ["own"], rds: ["own"], macs: ["02:00:00:00:00:00/8"], routeTargets: ["*:*"] } },
    { address: "fd00::1" as Ip, routerId: 1 } as RibPeer,
  ).import!;
  const hop = fc.constantFrom(4, 16, 32);
  fc.assert(
    fc.property(hop, fc.uint8Array({ maxLength: 80 }), fc.uint8Array({ minLength: 2, maxLength: 80 }), (length, attributes, route) => {
      const view = new SetView(Uint8Array.from([length, ...Array<number>(length).fill(7), ...attributes]));
      const nlri = new NlriView().over(route, 0);
      assert.equal(policy.decide(view, nlri).accepted, false);
      assert.equal(typeof admission.decide(view, nlri).accepted, "boolean");
    }),
  );
});
