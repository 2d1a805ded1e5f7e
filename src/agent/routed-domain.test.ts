// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ip } from "../base/net/ip.ts";
import type { Mac } from "../base/net/mac.ts";
import { parsePrefix } from "../base/net/prefix.ts";
import { ProblemList } from "../daemon/problem-list.ts";
import { attributeSet, best, prefixNlri } from "../evpn/testing/remote-route.ts";
import type { ForwardingChange, PrefixPath } from "../evpn/types.ts";
import { address } from "../netlink/route/address.ts";
import { link } from "../netlink/route/link.ts";
import { formatRoute, route } from "../netlink/route/route.ts";
import { keyOf } from "./desired/object.ts";
import { findProblems } from "./inspect/find-problems.ts";
import { kernelDiff } from "./inspect/kernel-diff.ts";
import { pathOf } from "./kernel/requests.ts";
import { FakeHost } from "./testing/fake-host.ts";

const ns = "weft-shop";
const config = `
domains: [{ name: shop, l3vni: 5001, routes: [{ prefix: 10.8.0.0/16, via: 10.1.1.9 }] }]
networks:
  - { name: web, vni: 101, domain: shop, subnets: [{ cidr: 10.1.1.0/24, gateway: 10.1.1.1 }, { cidr: "fd00:1::/64", gateway: "fd00:1::1" }] }
  - { name: flat, vni: 102, domain: shop }
`;
const [h2, h3] = ["10.0.0.2", "10.0.0.3"].map((vtep, i): PrefixPath => {
  const routerMac = `02:52:0a:00:00:0${i + 2}` as Mac;
  return { kind: "tunnel", vtep: vtep as Ip, routerMac, vni: 5001, isForeign: false };
}) as [PrefixPath, PrefixPath];

function told(prefix: string, ...paths: readonly PrefixPath[]): ForwardingChange {
  return { kind: "prefix", domain: "shop", prefix: parsePrefix(prefix)!, paths };
}

async function forward(host: FakeHost, ...changes: readonly ForwardingChange[]): Promise<void> {
  host.vtep.reconciler.mark(host.vtep.desired.forward(changes));
  await host.settle();
}

/** Routes of ours, addresses of devices, and what leads to other routers. */
function routed(host: FakeHost): readonly string[] {
  const conn = host.kernel.connect(pathOf(ns));
  const nameOf = new Map(conn.dump("link").map((l) => [l.ifindex, l.name]));
  const routes = conn
    .dump("route", { protocol: 87 })
    .map((r) => formatRoute(r).replaceAll(/dev (\d+)/g, (_, i: string) => `dev ${nameOf.get(Number(i))}`));
  const addresses = conn.dump("address").map((a) => `${a.ip}/${a.prefixLength} dev ${nameOf.get(a.ifindex)} proto ${a.protocol}`);
  conn.close();
  return [...addresses, ...routes, ...host.entries(ns).filter((e) => e.includes("vx5001"))].toSorted();
}

const base = [
  "10.0.0.1/32 dev vx5001 proto 87",
  "10.1.1.1/24 dev br101 proto 87",
  "10.8.0.0/16 via 10.1.1.9 dev br101 onlink table 254 proto 87 metric 1087",
  "fd00:1::1/64 dev br101 proto 87",
  "fe80::5eff:fe00:101/64 dev br101 proto 87",
];
const withPrefix = [
  "02:52:0a:00:00:02 dev vx5001 dst 10.0.0.2 self extern_learn",
  "10.0.0.2 dev vx5001 lladdr 02:52:0a:00:00:02 extern_learn nud noarp proto 87",
  "10.1.2.12/32 via 10.0.0.2 dev vx5001 onlink table 254 proto 87 metric 2087",
];

test("a domain with an L3VNI routes: gateway addresses, router MAC, sysctls; a network without a gateway stays as it is", async () => {
  const host = new FakeHost();
  const vtep = await host.start(config);
  assert.deepEqual(routed(host), base);
  const device = (name: string): unknown => {
    const { address: mac, mtu, master, up, alias, addressless } = vtep.mirror.link(ns, name)!;
    return [mac, mtu, master, up, alias, addressless];
  };
  assert.deepEqual(device("vx5001"), ["ca:b8:0a:00:00:01", 1450, 0, true, "weft", true]);
  assert.deepEqual(device("br101"), ["02:00:5e:00:01:01", 1450, 0, true, "weft", true]);
  assert.deepEqual(device("br102"), ["02:57:0a:00:00:01", 1450, 0, true, "weft", true]);
  for (const [path, value] of [
    ["net.ipv4.ip_forward", "1"],
    ["net.ipv6.conf.all.forwarding", "1"],
    ["net.ipv4.conf.br101.rp_filter", "0"],
    ["net.ipv4.conf.vx5001.accept_local", "1"],
  ] as const)
    assert.equal(host.sysctls.get(`${ns} ${path}`), value, path);
  assert.equal(host.sysctls.get(`${ns} net.ipv4.conf.br102.rp_filter`), undefined);
  const before = host.kernel.log.length;
  await vtep.audit.run();
  await host.settle();
  assert.deepEqual(await kernelDiff(vtep), []);
  assert.equal(host.kernel.log.length, before);
  await host.stop();
  host.kernel.log.length = 0;
  await host.start(config);
  assert.deepEqual(host.kernel.log, [], "a restart touches nothing");
  await host.stop();
});

test("a router is known as long as a route leads to it", async () => {
  const host = new FakeHost();
  await host.start(config);
  await forward(host, told("10.1.2.12/32", h2), told("10.1.2.13/32", h2));
  assert.deepEqual(
    routed(host).filter((t) => !base.includes(t) && !t.startsWith("10.1.2.13")),
    withPrefix.toSorted(),
  );
  await forward(host, told("10.1.2.13/32"));
  assert.deepEqual(routed(host), [...base, ...withPrefix].toSorted());
  await forward(host, told("10.1.2.12/32"));
  assert.deepEqual(routed(host), base);
  await host.stop();
});

test("two VTEPs make an ECMP route; IPv6 goes over mapped addresses; a gateway is a station of a network", async () => {
  const host = new FakeHost();
  await host.start(config);
  const station: PrefixPath = { kind: "gateway", network: "web", via: "10.1.1.7" as Ip };
  await forward(host, told("10.9.0.0/16", h3, h2), told("fd09::/32", h3), told("10.7.0.0/16", station));
  const found = routed(host);
  for (const wanted of [
    "10.9.0.0/16 nexthop via 10.0.0.2 dev vx5001 weight 1 onlink nexthop via 10.0.0.3 dev vx5001 weight 1 onlink table 254 proto 87 metric 2087",
    "fd09::/32 via ::ffff:10.0.0.3 dev vx5001 onlink table 254 proto 87 metric 2087",
    "::ffff:10.0.0.3 dev vx5001 lladdr 02:52:0a:00:00:03 extern_learn nud noarp proto 87",
    "10.7.0.0/16 via 10.1.1.7 dev br101 onlink table 254 proto 87 metric 2087",
  ])
    assert.ok(found.includes(wanted), `${wanted}\n${found.join("\n")}`);
  await forward(host, told("10.9.0.0/16", h3), told("fd09::/32"), told("10.7.0.0/16"));
  assert.ok(routed(host).includes("10.9.0.0/16 via 10.0.0.3 dev vx5001 onlink table 254 proto 87 metric 2087"));
  await forward(host, told("10.9.0.0/16"));
  assert.deepEqual(routed(host), base);
  await host.stop();
});

test("routes by the thousand go a short way to the same tables", async () => {
  const host = new FakeHost();
  const { desired, reconciler } = await host.start(config).then(() => host.vtep);
  const conflicting = route.add({
    destination: parsePrefix("10.3.0.7/32")!,
    priority: 2087,
    protocol: 3,
    hops: [{ gateway: "10.1.1.7" as Ip }],
  });
  host.run(ns, conflicting);
  await host.settle();
  const many = Array.from({ length: 600 }, (_, i) => told(`10.3.${i >> 8}.${i & 255}/32`, i % 3 === 0 ? h2 : h3));
  reconciler.markFlood((flood) => reconciler.mark(desired.forward(many, flood)));
  // Another word for one of them before its turn comes.
  reconciler.markFlood((flood) => reconciler.mark(desired.forward([told("10.3.0.8/32"), told("10.3.0.9/32", h2, h3)], flood)));
  await host.settle();
  const found = routed(host).filter((t) => t.startsWith("10.3."));
  assert.equal(found.length, 598);
  assert.ok(found.includes("10.3.0.6/32 via 10.0.0.2 dev vx5001 onlink table 254 proto 87 metric 2087"));
  assert.ok(found.some((t) => t.startsWith("10.3.0.9/32 nexthop via 10.0.0.2 dev vx5001 weight 1 onlink nexthop via 10.0.0.3")));
  assert.match([...reconciler.conflicts.values()].map((c) => c.reason).join(), /protocol 3 with this metric/);
  assert.deepEqual(
    (await kernelDiff(host.vtep)).map((row) => row.change),
    ["conflict"],
  );
  const repairs = host.journal.events.filter((e) => e.event === "kernel.repaired").length;
  host.run(ns, route.delete({ destination: parsePrefix("10.3.1.1/32")! }));
  await host.settle();
  assert.equal(
    host.journal.events.filter((e) => e.event === "kernel.repaired").length,
    repairs + 1,
    "a deleted one is known to have been there",
  );
  // Gone by the thousand: one is refused once, one is somebody's, and one comes back before its turn.
  host.kernel.failNext((r) => r.object === "route" && r.verb === "delete", "ENOMEM");
  const gone = many.map((change) => told(`${change.kind === "prefix" ? change.prefix.ip : ""}/32`));
  reconciler.markFlood((flood) => reconciler.mark(desired.forward([...gone, many[12]!], flood)));
  await host.settle();
  assert.deepEqual(
    routed(host).filter((t) => t.startsWith("10.3.")),
    ["10.3.0.12/32 via 10.0.0.2 dev vx5001 onlink table 254 proto 87 metric 2087"],
  );
  assert.equal(reconciler.conflicts.size, 0);
  await forward(host, told("10.3.0.12/32"));
  assert.deepEqual(routed(host), base);
  await host.stop();
});

test("somebody's route with our metric stands in the way; when it goes ours takes its place, without an audit", async () => {
  const host = new FakeHost();
  const { reconciler } = await host.start(config);
  const destination = parsePrefix("10.1.2.12/32")!;
  host.run(ns, route.add({ destination, priority: 2087, protocol: 3, hops: [{ gateway: "10.1.1.7" as Ip }] }));
  await host.settle();
  await forward(host, told("10.1.2.12/32", h2));
  assert.match([...reconciler.conflicts.values()].map((c) => c.reason).join(), /protocol 3 with this metric/);
  host.run(ns, route.delete({ destination, priority: 2087, protocol: 3 }));
  await host.settle();
  assert.deepEqual(routed(host), [...base, ...withPrefix].toSorted());
  assert.equal(reconciler.conflicts.size, 0);
  await host.stop();
});

/** What somebody did; some of it takes routes away of which the kernel tells nothing. */
const drifts: Readonly<Record<string, (host: FakeHost) => void>> = {
  "the tunnel set down": (host) => host.run(ns, link.set("vx5001", { up: false })),
  "the tunnel deleted": (host) => host.run(ns, link.delete("vx5001")),
  "the tunnel with another MAC": (host) => host.run(ns, link.set("vx5001", { address: "02:00:00:00:77:77" as Mac })),
  "the tunnel in a bridge": (host) => host.run(ns, link.set("vx5001", { master: host.index(ns, "br102") })),
  "its address deleted": (host) =>
    host.run(ns, address.delete({ ifindex: host.index(ns, "vx5001"), ip: "10.0.0.1" as Ip, prefixLength: 32 })),
  "a gateway deleted": (host) =>
    host.run(ns, address.delete({ ifindex: host.index(ns, "br101"), ip: "fd00:1::1" as Ip, prefixLength: 64 })),
  "a route deleted": (host) => host.run(ns, route.delete({ destination: parsePrefix("10.1.2.12/32")! })),
  "a route that leads elsewhere": (host) => {
    const hops = [{ gateway: "10.0.0.66" as Ip, ifindex: host.index(ns, "vx5001"), flags: 4 }];
    host.run(ns, route.replace({ destination: parsePrefix("10.1.2.12/32")!, priority: 2087, protocol: 87, hops }));
  },
  "a bridge set down": (host) => host.run(ns, link.set("br101", { up: false })),
};

for (const [what, drift] of Object.entries(drifts)) {
  for (const seen of [true, false]) {
    test(`${what}${seen ? "" : ", and the event lost"}: put right`, async () => {
      const host = new FakeHost();
      const vtep = await host.start(config);
      await forward(host, told("10.1.2.12/32", h2));
      drift(host);
      if (!seen) host.kernel.overrun();
      await host.settle();
      if (!seen) await vtep.audit.run();
      await host.settle();
      assert.deepEqual(routed(host), [...base, ...withPrefix].toSorted());
      assert.deepEqual(await kernelDiff(vtep), []);
      await host.stop();
    });
  }
}

test("the route that the kernel made with a gateway's address comes back, also when it was taken away while no agent was there", async () => {
  const host = new FakeHost();
  await host.start(config);
  const connected = (): readonly string[] =>
    host.kernel
      .connect(pathOf(ns))
      .dump("route", { protocol: 2 })
      .map((r) => `${r.destination.ip}/${r.destination.length}`)
      .filter((p) => p === "10.1.1.0/24" || p === "fd00:1::/64")
      .toSorted();
  const both = ["10.1.1.0/24", "fd00:1::/64"];
  assert.deepEqual(connected(), both);
  const take = (): void =>
    host.run(
      ns,
      ...both.map((p) => route.delete({ destination: parsePrefix(p)!, protocol: 2, ...(p.includes(":") ? { priority: 256 } : {}) })),
    );
  take();
  assert.deepEqual(connected(), []);
  await host.settle();
  assert.deepEqual(connected(), both);
  assert.ok(host.journal.events.some((e) => e.event === "kernel.repaired"));
  await host.stop();
  take();
  await host.start(config);
  assert.deepEqual(connected(), both);
  assert.deepEqual(await kernelDiff(host.vtep), []);
  // It goes with its address.
  host.run(ns, link.set("br101", { up: false }));
  await host.settle();
  assert.deepEqual(connected(), both);
  await host.stop();
});

test("routes and addresses of others stay, and a removed domain takes only its own along", async () => {
  const host = new FakeHost();
  await host.start(`${config}  - { name: kept, vni: 103, domain: shop }\n`);
  await forward(host, told("10.1.2.12/32", h2));
  const ifindex = host.index(ns, "br101");
  host.run(
    ns,
    address.add({ ifindex, ip: "10.1.1.2" as Ip, prefixLength: 24 }),
    route.add({ destination: parsePrefix("10.1.2.12/32")!, hops: [{ gateway: "10.1.1.7" as Ip }], protocol: 3 }),
  );
  await host.settle();
  host.vtep.convergedBy("test");
  host.clock.advance(3000);
  await host.settle();
  const texts = (): string => host.kernel.connect(pathOf(ns)).dump("route").map(formatRoute).join("\n");
  assert.match(texts(), /10\.1\.2\.12\/32 via 10\.1\.1\.7 dev \d+ table 254 proto 3$/m);
  assert.match(texts(), /10\.1\.2\.12\/32 via 10\.0\.0\.2 .* proto 87/);
  host.vtep.reconfigure({
    ...host.vtep.config,
    domains: [{ name: "shop", routes: [], redistribute: [], dns: { upstream: [], records: [] } }],
  });
  await host.settle();
  assert.doesNotMatch(texts(), /proto 87/);
  assert.match(texts(), /10\.1\.2\.12\/32 via 10\.1\.1\.7/);
  assert.equal(host.links(ns).includes("vx5001"), false);
  await host.stop();
});

test("domains of which one imports the other have a link; its ends come and go together, and a restart touches nothing", async () => {
  const two = (imports: string): string => `
domains: [{ name: shop, l3vni: 5001${imports} }, { name: lan, l3vni: 5002 }]
`;
  const host = new FakeHost();
  let vtep = await host.start(two(', importTargets: ["65000:5001", "65000:5002"]'));
  const seen = (): readonly string[] =>
    [
      ["weft-shop", "to-lan"],
      ["weft-lan", "to-shop"],
    ].map(([at, name]) => {
      const { up, alias, mtu } = vtep.mirror.link(at!, name!) ?? {};
      const sysctls = ["rp_filter", "accept_local"].map((key) => host.sysctls.get(`${at} net.ipv4.conf.${name}.${key}`));
      const addresses = vtep.mirror.addresses(at!, name!).map((a) => a.ip);
      return [up, alias, mtu, ...sysctls, ...addresses].join(" ");
    });
  const both = ["true weft 1450 0 1 fe80::2", "true weft 1450 0 1 fe80::1"];
  assert.deepEqual(seen(), both);
  for (const [at, name] of [
    ["weft-shop", "to-lan"],
    ["weft-lan", "to-shop"],
  ] as const) {
    host.run(at, link.delete(name));
    await host.settle();
    assert.deepEqual(seen(), both);
    assert.deepEqual(await kernelDiff(vtep), []);
  }
  await host.stop();
  host.kernel.log.length = 0;
  vtep = await host.start(two(', importTargets: ["65000:5001", "65000:5002"]'));
  assert.deepEqual(host.kernel.log, []);
  await host.stop();
  vtep = await host.start(two(""));
  assert.equal(vtep.mirror.link("weft-shop", "to-lan"), undefined);
  assert.equal(vtep.mirror.link("weft-lan", "to-shop"), undefined);
  assert.deepEqual(await kernelDiff(vtep), []);
  await host.stop();
});

test("two hosts with one router MAC are a problem that names both, until one of them has another; other domains have none", async () => {
  const host = new FakeHost();
  const vtep = await host.start(config);
  const problems = new ProblemList(() => 0);
  const shown = (): readonly string[] => {
    findProblems(vtep, problems);
    return problems.list().flatMap((p) => (p.code === "WEFT_ROUTER_MAC" ? [`${p.object}: ${p.message}`] : []));
  };
  const from = async (vtepAddress: string, prefix: string, routerMac: string): Promise<void> => {
    const attributes = attributeSet({ nextHop: vtepAddress as Ip, targets: ["65000:5001"], routerMac: routerMac as Mac });
    vtep.applyBest([best(prefixNlri(`${vtepAddress}:5001`, parsePrefix(prefix)!, 5001), attributes)]);
    await host.settle();
  };
  await from("10.0.0.2", "10.7.2.0/24", "02:00:00:00:00:99");
  assert.deepEqual(shown(), []);
  await from("10.0.0.3", "10.7.3.0/24", "02:00:00:00:00:99");
  assert.deepEqual(shown(), [
    "domain shop: 10.0.0.2 and 10.0.0.3 have the same router MAC 02:00:00:00:00:99, so only 10.0.0.2 is sent to: give one of them another `vtep.routerMac`",
  ]);
  await from("10.0.0.3", "10.7.3.0/24", "02:00:00:00:00:98");
  assert.deepEqual(shown(), []);
  await host.stop();
});

test("a sysctl that the kernel lacks is a problem where it matters, with what it means, and none where it does not", async () => {
  const host = new FakeHost();
  for (const path of ["net.ipv6.conf.all.forwarding", "net.bridge.bridge-nf-call-iptables", "net.ipv4.conf.vx5001.accept_local"])
    host.missingSysctls.add(`${ns} ${path}`);
  const vtep = await host.start(config);
  const problems = new ProblemList(() => 0);
  const shown = (): readonly string[] => {
    findProblems(vtep, problems);
    return problems.list().flatMap((p) => (p.code === "WEFT_SYSCTL_MISSING" ? [`${p.object}: ${p.message}`] : []));
  };
  const all = [
    "sysctl net.ipv6.conf.all.forwarding (weft-shop): this kernel has no such key: IPv6 is not routed (is it off, ipv6.disable=1?)",
    "sysctl net.ipv4.conf.vx5001.accept_local (weft-shop): this kernel has no such key: errors of other routers of the domain are dropped: path MTU discovery fails between hosts",
  ];
  assert.deepEqual(shown(), all);
  // A module that is loaded later brings it.
  host.missingSysctls.delete(`${ns} net.ipv6.conf.all.forwarding`);
  await vtep.audit.run();
  await host.settle();
  assert.deepEqual(shown(), all.slice(1));
  assert.equal(host.sysctls.get(`${ns} net.ipv6.conf.all.forwarding`), "1");
  await host.stop();
});

test("sysctls of the public interface are written when it appears, and again when it was away", async () => {
  const host = new FakeHost();
  const forwarding = " net.ipv4.conf.pub0.forwarding";
  const vtep = await host.start(`public: { interface: pub0 }
domains: [{ name: shop, l3vni: 5001, nat: {} }]
networks: [{ name: web, vni: 101, domain: shop }]`);
  for (let time = 0; time < 2; time++) {
    assert.equal(host.sysctls.get(forwarding), undefined);
    assert.ok(vtep.reconciler.waiting.has(keyOf({ kind: "sysctl", ns: "", path: forwarding.trim() })));
    host.addWorkload("", "pub0");
    await host.settle();
    assert.equal(host.sysctls.get(forwarding), "1");
    host.run("", link.delete("pub0"));
    host.sysctls.delete(forwarding);
    await host.settle();
  }
  await host.stop();
});

test("a host does not forward from outside without the table that says for whom", async () => {
  const host = new FakeHost();
  host.addWorkload("", "pub0");
  host.rulesets.set(" weft_nat", "foreign");
  const vtep = await host.start(`public: { interface: pub0 }
domains: [{ name: shop, l3vni: 5001, nat: {} }]
networks: [{ name: web, vni: 101, domain: shop }]`);
  const path = "net.ipv4.conf.pub0.forwarding";
  assert.equal(host.sysctls.get(` ${path}`), undefined);
  assert.match(vtep.reconciler.failures.get(keyOf({ kind: "sysctl", ns: "", path }))!.failure.message, /weft_nat/);
  await host.stop();
});
