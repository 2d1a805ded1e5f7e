// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import type { ForwardingChange } from "../../evpn/types.ts";
import { DesiredState } from "./desired-state.ts";
import type { NetworkPlan } from "./network-plan.ts";
import { keyOf, type ObjectKey, parseKey } from "./object.ts";
import { sameValue } from "./same-value.ts";

const macs = ["02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03"] as readonly string[] as readonly Mac[];
const ips = ["192.0.2.1", "192.0.2.2", "2001:db8::1"] as readonly string[] as readonly Ip[];
const vteps = ["10.0.0.2", "10.0.0.3", "fd00::2"] as readonly string[] as readonly Ip[];
const networks = ["red", "blue"] as const;

function planOf(
  network: string,
  mode: "own" | "adopt",
  domain: string | undefined,
  mtu: number | undefined,
  unknownNeighbours: NetworkPlan["unknownNeighbours"] = "flood",
): NetworkPlan {
  const vni = network === "red" ? 100 : 200;
  const ns = domain === undefined ? "" : `weft-${domain}`;
  return {
    network,
    vni,
    mode,
    domain,
    ns,
    bridge: `br${vni}`,
    vxlan: `vx${vni}`,
    vtep: "10.0.0.1" as Ip,
    port: 4789,
    mtu,
    gateway: undefined,
    unknownNeighbours,
  };
}

const network = fc.constantFrom(...networks);
const plans = fc
  .subarray([...networks])
  .chain((names) =>
    fc.tuple(
      ...names.map((n) =>
        fc
          .tuple(
            fc.constantFrom("own", "adopt"),
            fc.constantFrom(undefined, "shop"),
            fc.constantFrom(undefined, 1450),
            fc.constantFrom("flood", "drop"),
          )
          .map(([mode, domain, mtu, unknown]) => planOf(n, mode, domain, mtu, unknown)),
      ),
    ),
  );
const change: fc.Arbitrary<ForwardingChange> = fc.oneof(
  fc.record({
    kind: fc.constant("remote-mac" as const),
    network,
    mac: fc.constantFrom(...macs),
    remote: fc.option(
      fc.record({ vtep: fc.constantFrom(...vteps), vni: fc.constantFrom(100, 300), sticky: fc.boolean(), sequence: fc.nat(3) }),
      { nil: undefined },
    ),
  }),
  fc.record({
    kind: fc.constant("remote-neighbour" as const),
    network,
    ip: fc.constantFrom(...ips),
    mac: fc.option(fc.constantFrom(...macs), { nil: undefined }),
  }),
  fc.record({
    kind: fc.constant("flood" as const),
    network,
    vtep: fc.constantFrom(...vteps),
    present: fc.boolean(),
    vni: fc.constantFrom(100, 200),
  }),
);
type Step = { readonly forward: readonly ForwardingChange[] } | { readonly plans: readonly NetworkPlan[] };
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.array(change, { maxLength: 5 }).map((forward) => ({ forward })),
  plans.map((p) => ({ plans: p })),
);

test("changes one by one give what all of them at once give, and every difference was named", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const state = new DesiredState();
      let last: readonly NetworkPlan[] = [];
      for (const s of steps) {
        const before = new Map(state.objects);
        const dirty = "plans" in s ? state.configure(s.plans, []) : state.forward(s.forward);
        if ("plans" in s) last = s.plans;
        for (const key of new Set([...before.keys(), ...state.objects.keys()])) {
          if (!dirty.has(key)) assert.ok(sameValue(before.get(key), state.objects.get(key)), key);
        }
      }
      const rebuilt = new DesiredState();
      rebuilt.forward(steps.flatMap((s) => ("forward" in s ? s.forward : [])));
      rebuilt.configure(last, []);
      assert.deepEqual(Object.fromEntries(state.objects), Object.fromEntries(rebuilt.objects));
    }),
  );
});

test("a key names its object and nothing else", () => {
  const state = new DesiredState();
  state.forward(networks.flatMap((n) => macs.map((mac) => remote(n, mac))));
  state.configure([planOf("red", "own", "shop", 1450), planOf("blue", "own", undefined, undefined)], []);
  assert.ok(state.objects.size > 10);
  for (const [key, object] of state.objects) {
    assert.equal(keyOf(object), key);
    assert.equal(keyOf(parseKey(key)), key);
  }
});

test("a table for each namespace has the networks of ours there that drop questions", () => {
  const state = new DesiredState();
  const tables = (): string[] => [...state.objects.keys()].filter((key) => key.startsWith("ruleset "));
  state.configure([planOf("red", "own", "shop", undefined, "drop"), planOf("blue", "own", undefined, undefined)], []);
  assert.deepEqual(tables(), ["ruleset weft-shop bridge weft_neighbours"]);
  const gone = state.configure([planOf("red", "own", "shop", undefined), planOf("blue", "adopt", undefined, undefined, "drop")], []);
  assert.deepEqual(tables(), []);
  assert.ok(gone.has("ruleset weft-shop bridge weft_neighbours" as ObjectKey));
});

function remote(name: string, mac: Mac): ForwardingChange {
  return { kind: "remote-mac", network: name, mac, remote: { vtep: vteps[0]!, vni: 100, sticky: false, sequence: 0 } };
}
