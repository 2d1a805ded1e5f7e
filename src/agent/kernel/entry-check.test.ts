// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import type { KernelEvent } from "./actual.ts";
import { Mirror } from "./mirror.ts";
import { routeValue } from "./own-entries.ts";

const ns = "";
const [bridge, port] = [2, 3];
const scope = { bridges: [bridge], vxlans: [port], neighbours: [] };
const mac = (n: number): Mac => `02:00:00:00:00:0${n}` as Mac;
const here = (n: number, at = 7): KernelEvent => ({
  kind: "bridge-entry",
  bridge,
  mac: mac(n),
  entry: { port: at, kind: "learned", extern: false },
});
const gone = (n: number): KernelEvent => ({ kind: "bridge-entry", bridge, mac: mac(n), entry: undefined });

function mirrorWith(...events: readonly KernelEvent[]): Mirror {
  const mirror = new Mirror();
  mirror.addNamespace(ns);
  mirror.apply(ns, events);
  return mirror;
}

function missingOf(check: ReturnType<Mirror["beginCheck"]>): readonly KernelEvent[] {
  return [...check.missing()].flatMap(([, event]) => (event === undefined ? [] : [event]));
}

test("a dump that says what is known changes nothing; what it has otherwise or not at all is found", () => {
  const mirror = mirrorWith(here(1), here(2), here(3));
  const check = mirror.beginCheck(ns, scope);
  assert.deepEqual(check.differences([here(1)]), []);
  assert.deepEqual(check.differences([here(2, 8), here(4)]), [here(2, 8), here(4)]);
  assert.deepEqual(missingOf(check), [gone(3)]);
  assert.equal(check.disturbed, false);
});

test("what an event told since the dump began is newer than the dump", () => {
  const mirror = mirrorWith(here(1), here(2));
  const check = mirror.beginCheck(ns, scope);
  mirror.apply(ns, [gone(1), here(3), here(2, 9)]);
  assert.deepEqual(check.differences([here(1), here(2)]), [], "1 went and 2 moved after their part was made");
  assert.deepEqual(missingOf(check), [], "3 came after its part was made");
  assert.equal(check.disturbed, true);
});

test("what comes back while the others are looked at is not missing", () => {
  const mirror = mirrorWith(here(1), here(2));
  const check = mirror.beginCheck(ns, scope);
  const missing = new Map<string, KernelEvent>();
  for (const [name, event] of check.missing()) if (event) missing.set(name, event);
  assert.equal(missing.size, 2);
  mirror.apply(ns, [gone(1), here(1)]);
  mirror.correct(ns, check.stillMissing(missing));
  assert.deepEqual([...mirror.tables(ns)!.bridges.get(bridge)!.keys()], [mac(1)]);
});

test("so is what the kernel acknowledged to us", () => {
  const mirror = mirrorWith();
  const check = mirror.beginCheck(ns, scope);
  mirror.confirm(ns, [{ kind: "vxlan-entry", index: port, mac: mac(1), entry: { vtep: "10.0.0.2" as Ip, vni: undefined, kind: "own" } }]);
  assert.deepEqual(missingOf(check), []);
});

test("and so are routes that went the short way, of which no event tells", () => {
  const mirror = mirrorWith();
  const check = mirror.beginCheck(ns, { bridges: [], vxlans: [], neighbours: [], routing: true });
  mirror.confirmRoutes(ns)("10.1.2.12/32 2087", routeValue("unicast", 87, [{ via: "10.0.0.2" as Ip, dev: 3 }]));
  assert.equal(mirror.tables(ns)!.routing.routes.size, 1);
  assert.deepEqual(missingOf(check), []);
  assert.deepEqual([...mirror.takeChanges().routes], [], "what peers told is no news of this host");
});

test("devices beside those that were asked for are passed over, and nothing is watched after the end", () => {
  const mirror = mirrorWith(here(1));
  const check = mirror.beginCheck(ns, scope);
  assert.deepEqual(
    check.differences([here(1), { kind: "flood", index: 99, vtep: "10.0.0.9" as Ip, entry: { vni: undefined, own: false } }]),
    [],
  );
  mirror.endCheck(ns);
  mirror.apply(ns, [gone(1)]);
  assert.equal(check.disturbed, false);
});
