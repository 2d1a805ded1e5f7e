// SPDX-License-Identifier: Apache-2.0
/** What peers say comes on both ways in any order, faster than it is worked off: the kernel has exactly that in the end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import { parsePrefix } from "../../base/net/prefix.ts";
import type { ForwardingChange, PrefixPath } from "../../evpn/types.ts";
import { fdb } from "../../netlink/route/fdb.ts";
import { NTF_MASTER, NTF_SELF } from "../../netlink/route/neighbour-flags.ts";
import { formatRoute, route } from "../../netlink/route/route.ts";
import { ownProtocol, peerMetric } from "../ownership.ts";
import { pathOf } from "../kernel/requests.ts";
import { FakeHost } from "../testing/fake-host.ts";

const ns = "weft-shop";
const config = `
adopt: true
domains: [{ name: shop, l3vni: 5001 }]
networks: [{ name: web, vni: 101, domain: shop, subnets: [{ cidr: 10.1.1.0/24, gateway: 10.1.1.1 }] }]
`;
const macs = Array.from({ length: 6 }, (_, i) => `02:00:00:00:00:0${i}` as Mac);
const prefixes = Array.from({ length: 6 }, (_, i) => `10.3.0.${i}/32`);
const vteps = ["10.0.0.2", "10.0.0.3"] as readonly string[] as readonly Ip[];

const mac = fc.record({ mac: fc.constantFrom(...macs), to: fc.option(fc.constantFrom(...vteps), { nil: undefined }) });
const prefix = fc.record({ prefix: fc.constantFrom(...prefixes), to: fc.subarray([...vteps]) });
const said = fc.oneof(mac, prefix);
const turns = fc.integer({ min: 0, max: 4 });
const step = fc.record({ said: fc.array(said, { minLength: 1, maxLength: 12, size: "max" }), isFlood: fc.boolean(), turns });
/** What somebody does to an entry of ours. */
const harm = fc.oneof(
  fc.record({ gone: fc.constantFrom(...macs), flags: fc.constantFrom(NTF_SELF, NTF_MASTER, NTF_SELF | NTF_MASTER) }),
  fc.record({ lost: fc.constantFrom(...prefixes) }),
  fc.constant("overrun" as const),
  fc.constant("audit" as const),
);
const sizes = { maxLength: 16, size: "max" } as const;
type Said = typeof said extends fc.Arbitrary<infer T> ? T : never;
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type Harm = typeof harm extends fc.Arbitrary<infer T> ? T : never;

function changeOf(one: Said): ForwardingChange {
  if ("mac" in one) {
    const { mac: of, to } = one;
    return { kind: "remote-mac", network: "vx100", mac: of, remote: to && { vtep: to, vni: 100, sticky: false, sequence: 0 } };
  }
  const paths = one.to.map((vtep): PrefixPath => {
    return { kind: "tunnel", vtep, routerMac: `02:52:0a:00:00:0${vtep.at(-1)}` as Mac, vni: 5001, isForeign: false };
  });
  return { kind: "prefix", domain: "shop", prefix: parsePrefix(one.prefix)!, paths };
}

/** What of both is in the kernel, and what is to be. */
function found(host: FakeHost): readonly string[] {
  const entries = host.entries().filter((e) => macs.some((m) => e.startsWith(m)));
  const conn = host.kernel.connect(pathOf(ns));
  const routes = conn.dump("route", { protocol: ownProtocol }).map(formatRoute);
  conn.close();
  return [...entries, ...routes.map((r) => r.replaceAll(/ dev \d+/g, ""))].toSorted();
}

function truth(all: readonly Said[]): readonly string[] {
  const last = new Map(all.map((one) => ["mac" in one ? one.mac : one.prefix, one.to]));
  const out: string[] = [];
  for (const [name, to] of last) {
    const end = `table 254 proto ${ownProtocol} metric ${peerMetric}`;
    if (typeof to === "string") out.push(`${name} dev vx100 dst ${to} self extern_learn`, `${name} dev vx100 master extern_learn`);
    else if (to?.length === 1) out.push(`${name} via ${to[0]} onlink ${end}`);
    else if (to?.length === 2) out.push(`${name} ${vteps.map((via) => `nexthop via ${via} weight 1 onlink `).join("")}${end}`);
  }
  return out.toSorted();
}

async function run(steps: readonly (Step | Harm)[]): Promise<{ readonly host: FakeHost; readonly all: readonly Said[] }> {
  const host = new FakeHost();
  host.addAdopted(100);
  const { reconciler, desired, audit } = await host.start(config);
  host.vtep.convergedBy("test");
  host.clock.advance(3000);
  await host.settle();
  const all: Said[] = [];
  for (const s of steps) {
    if (s === "audit") void audit.run();
    else if (s === "overrun") host.kernel.overrun();
    else if ("gone" in s) host.kernel.connect().execute([fdb.delete({ ifindex: host.index("", "vx100"), mac: s.gone, flags: s.flags })]);
    else if ("lost" in s) host.kernel.connect(pathOf(ns)).execute([route.delete({ destination: parsePrefix(s.lost)! })]);
    else {
      all.push(...s.said);
      const changes = s.said.map(changeOf);
      if (s.isFlood) reconciler.markFlood((flood) => reconciler.mark(desired.forward(changes, flood)));
      else reconciler.mark(desired.forward(changes));
      for (let n = 0; n < s.turns; n++) await nextTurn();
    }
  }
  await host.settle();
  return { host, all };
}

test("nobody else there: exact, and no entry of ours is taken for one that somebody changed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, sizes), async (steps) => {
      const { host, all } = await run(steps);
      assert.deepEqual(found(host), truth(all));
      assert.deepEqual(
        host.journal.events.filter((e) => e.event === "kernel.repaired"),
        [],
      );
      assert.equal(host.vtep.reconciler.failures.size, 0);
      await host.stop();
    }),
    { numRuns: 60 },
  );
});

test("with somebody who takes entries away, and events that are lost: exact, too", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof({ weight: 2, arbitrary: step }, harm), sizes), async (steps) => {
      const { host, all } = await run(steps);
      // What is heard of needs no audit.
      if (steps.includes("overrun")) await host.vtep.audit.run();
      await host.settle();
      assert.deepEqual(found(host), truth(all));
      assert.equal(host.vtep.reconciler.failures.size, 0);
      await host.stop();
    }),
    { numRuns: 60 },
  );
});
