// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Ip, ipFromBytes } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import { parsePrefix } from "../../base/net/prefix.ts";
import { DomainTable } from "./domain-table.ts";
import type { DomainPlan } from "./network-plan.ts";
import type { WantedHop } from "./object.ts";

const plan: DomainPlan = {
  domain: "shop",
  ns: "weft-shop",
  tunnel: {
    l3vni: 5001,
    vxlan: "vx5001",
    vtep: "10.0.0.1" as Ip,
    port: 4789,
    routerMac: "02:52:0a:00:00:01" as Mac,
    mtu: undefined,
    addressed: true,
  },
  routes: [],
  redistribute: [],
  links: [],
};

test("routes with the same hops share them, but hops that were once are not remembered for ever", () => {
  const table = new DomainTable();
  const hops = (prefix: string, n: number): readonly WantedHop[] => {
    const vtep = ipFromBytes(Uint8Array.of(10, 1, n >> 8, n & 255));
    const paths = [{ kind: "tunnel", vtep, routerMac: "02:52:0a:00:00:02" as Mac, vni: 5001, isForeign: false }] as const;
    const change = { kind: "prefix", domain: "shop", prefix: parsePrefix(prefix)!, paths } as const;
    return table.changed(
      table.apply(change)!,
      change.prefix,
      plan,
      () => undefined,
      () => undefined,
    ).object!.hops;
  };
  const first = hops("10.8.0.0/16", 0);
  assert.equal(hops("10.9.0.0/16", 0), first);
  for (let n = 1; n < 5000; n++) hops("10.8.0.0/16", n);
  const again = hops("10.8.0.0/16", 0);
  assert.notEqual(again, first);
  assert.deepEqual(again, first);
});
