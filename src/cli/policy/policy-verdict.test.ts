// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { compilePolicy } from "../../bgp/rib/policy/route-policy.ts";
import { SetView } from "../../bgp/rib/policy/route-view.ts";
import { reachBody } from "../../bgp/rib/testing/path-spec.ts";
import { macNlri, plainPath } from "../../bgp/rib/testing/rib-rig.ts";
import { MalformedInputError } from "../errors.ts";
import { isRouteText, routeOfText, type RouteText, routesOfUpdate } from "./candidate-route.ts";
import { differences, verdictOn } from "./policy-verdict.ts";

const text: RouteText = {
  rd: "10.0.0.1:7",
  route: "[2]:[0]:[48]:[02:00:00:00:00:01]",
  nextHop: "10.9.9.1",
  localPref: 100,
  asPath: "65002 65003",
  routeTargets: ["65000:1"],
  communities: ["65000:9", "1:2:3", "ET:vxlan", "MM:4, sticky MAC", "UNK:8001020304050607"],
  labels: [100],
};

test("a route in words has the octets that an UPDATE would bring", () => {
  const { set, nlri } = routeOfText(text);
  assert.deepEqual(nlri, Uint8Array.from(macNlri(1)));
  const view = new SetView(set);
  assert.deepEqual(view.asPath, [65002, 65003]);
  assert.deepEqual(Buffer.from(view.valueOf(16)!).toString("hex"), "0002fde800000001030c00000000000806000100000000048001020304050607");
  const plain = routeOfText({ ...text, asPath: "", communities: [] });
  const [fromOctets] = routesOfUpdate(reachBody(plainPath, [macNlri(1)], 4, true, true));
  assert.deepEqual(plain, fromOctets);
});

test("every route of an UPDATE, wherever MP_REACH_NLRI stands in it", () => {
  const nlri = [macNlri(1), macNlri(2), macNlri(3)];
  for (const first of [true, false]) {
    const routes = routesOfUpdate(reachBody(plainPath, nlri, 4, true, first));
    assert.deepEqual(
      routes.map((r) => [...r.nlri]),
      nlri,
    );
    assert.equal(new SetView(routes[0]!.set).valueOf(5)![3], 100);
  }
});

test("type 3 has its VNI in the tunnel, type 5 its prefix", () => {
  const imet = routeOfText({ ...text, route: "[3]:[0]:[32]:[10.0.0.1]", labels: [777] });
  assert.equal(new SetView(imet.set).tunnelLabel, 777);
  const prefix = routeOfText({ ...text, route: "[5]:[0]:[24]:[10.7.0.0]", labels: [9] });
  assert.equal(prefix.nlri[0], 5);
  assert.equal(prefix.nlri[1], 34);
});

test("what cannot be read is named", () => {
  const bad: readonly (readonly [Partial<RouteText>, RegExp])[] = [
    [{ rd: "x" }, /"x" is not a route distinguisher/],
    [{ route: "[4]:[0]" }, /other types as octets/],
    [{ communities: ["what"] }, /"what" is not a community/],
    [{ route: "[2]:[x]:[48]:[02:00:00:00:00:01]" }, /is not written as/],
    [{ route: "[3]:[4294967296]:[32]:[10.0.0.1]" }, /is not written as/],
    [{ route: "[5]:[0]:[99]:[10.7.0.0]" }, /is not written as/],
    [{ asPath: "65000 a" }, /not a list of AS numbers/],
    [{ asPath: "4294967296" }, /not a list of AS numbers/],
    [{ nextHop: "-" }, /not a next hop/],
    [{ routeTargets: ["65000"] }, /not a route target/],
  ];
  for (const [more, message] of bad)
    assert.throws(
      () => routeOfText({ ...text, ...more }),
      (e) => e instanceof MalformedInputError && message.test(e.message),
    );
  assert.throws(() => routesOfUpdate(Uint8Array.of(0, 0, 0, 9, 1)), MalformedInputError);
});

test("a long AS path has as many segments as it takes", () => {
  const asns = Array.from({ length: 600 }, (_, i) => i + 1);
  assert.deepEqual(new SetView(routeOfText({ ...text, asPath: asns.join(" ") }).set).asPath, asns);
});

test("only what has every part of a route is one", () => {
  assert.ok(isRouteText(text));
  for (const bad of [null, 7, [], {}, { ...text, routeTargets: undefined }, { ...text, communities: [1] }, { ...text, asPath: 7 }])
    assert.equal(isRouteText(bad), false, JSON.stringify(bad));
});

test("a verdict names rule, file and line, what matched before, and what changed", () => {
  const policy = compilePolicy({
    name: "p",
    default: "deny",
    rules: [
      { name: "mark", line: 4, match: { type: [2] }, set: { community: { add: ["65000:1"] } }, action: "continue" },
      { name: "near", line: 9, match: { community: ["65000:1"], neighbourAs: [65002] }, set: { localPref: 200 }, action: "accept" },
    ],
  });
  const v = verdictOn(policy, routeOfText(text), "rr.yaml");
  assert.equal(v.verdict, "modified");
  assert.deepEqual(v.by, { policy: "p", rule: "near", at: "rr.yaml:9" });
  assert.deepEqual(
    v.matched.map((m) => m.rule),
    ["mark", "near"],
  );
  assert.deepEqual(differences(v.before, v.after!)[0], "local-pref: 100 → 200");
  assert.match(differences(v.before, v.after!)[1]!, /^communities: 65000:9 .* → 65000:9 65000:1 /);
  const other = verdictOn(policy, routeOfText({ ...text, asPath: "" }), "rr.yaml");
  assert.deepEqual([other.verdict, other.by.rule, other.after], ["denied", "default", null]);
  assert.equal(verdictOn(undefined, routeOfText(text), "rr.yaml").verdict, "accepted");
});
