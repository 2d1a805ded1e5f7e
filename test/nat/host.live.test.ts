// SPDX-License-Identifier: Apache-2.0
/** What NAT does to the host that it is on: which ways it opens and which it does not, and what is left of it afterwards. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hostTable } from "../../src/agent/desired/nat/host-table.ts";
import { namespacePath } from "../../src/base/sys/namespace.ts";
import { readSysctl } from "../../src/base/sys/sysctl.ts";
import { setSysctls } from "../../src/lab/fabric/namespaces.ts";
import { reaches } from "../../src/lab/measure/ping.ts";
import { reloadWeft, restartWeft, startWeft, weft, weftReady, writeWeftConfig } from "../../src/lab/peer/weft.ts";
import { stopProcess } from "../../src/lab/system/managed-process.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { listTable, writeTable } from "../../src/nftables/rulesets.ts";
import { Scratch } from "../harness/scratch.ts";
import { Program } from "../mobility/program.ts";
import { kernelDiff, metric } from "../resilience/pair.ts";

const net = new Scratch("nathost");
let h1: Place, outside: Place, under: Place, w1: Place, heard: Program;
after(async () => await net.remove());

const config = {
  host: "h1",
  audit: { period: 600 },
  bgp: { asn: 65000, routerId: "10.9.0.1" },
  vtep: { address: "10.9.0.1" },
  public: { interface: "eth0" },
  domains: [{ name: "shop", nat: {} }],
  networks: [
    {
      name: "n1",
      vni: 101,
      domain: "shop",
      subnets: [
        { cidr: "10.1.1.0/24", gateway: "10.1.1.1" },
        { cidr: "fd00:1::/64", gateway: "fd00:1::1" },
      ],
    },
  ],
  ports: [{ name: "w1", network: "n1", interface: "p-w1", mac: "02:00:00:00:01:01", ips: ["10.1.1.11", "fd00:1::11"] }],
  floatingIps: [
    { address: "203.0.113.10", port: "w1" },
    { address: "2001:db8::10", port: "w1" },
  ],
};

/** Of the host, as far as NAT is concerned. */
const sysctls = [
  "net.ipv4.ip_forward",
  ...["eth0", "under0"].flatMap((dev) => [
    `net.ipv4.conf.${dev}.forwarding`,
    `net.ipv6.conf.${dev}.forwarding`,
    `net.ipv6.conf.${dev}.force_forwarding`,
    `net.ipv6.conf.${dev}.proxy_ndp`,
    `net.ipv4.neigh.${dev}.proxy_delay`,
    `net.ipv6.neigh.${dev}.proxy_delay`,
  ]),
  "net.ipv6.conf.all.forwarding",
];
const values = (): Readonly<Record<string, string>> =>
  Object.fromEntries(sysctls.map((name) => [name, readSysctl(namespacePath(h1.namespace), name)]));
let asFound: ReturnType<typeof values>;

/** Behind `under0` is what a public network has no business with: the underlay, or how the host is managed. */
before(async () => {
  [h1, outside, under] = [await net.host("h1", { ownNamespaces: true }), await net.host("outside"), await net.host("under")];
  await net.segment(
    [
      [h1, "203.0.113.1/24", "2001:db8::1/64"],
      [outside, "203.0.113.254/24", "2001:db8::ff/64"],
    ],
    { mtu: 1500 },
  );
  await net.link(h1, "under0", under, "eth0");
  await net.ip(h1, ["address add 10.9.0.1/24 dev under0", "address add fd09::1/64 dev under0 nodad"]);
  await net.ip(under, [
    "address add 10.9.0.2/24 dev eth0",
    "address add fd09::2/64 dev eth0 nodad",
    "route add 0.0.0.0/0 via 10.9.0.1",
    "route add ::/0 via fd09::1",
  ]);
  await net.ip(outside, ["route add 10.9.0.0/24 via 203.0.113.1", "route add fd09::/64 via 2001:db8::1"]);
  // A host that routes for nobody, as most do.
  setSysctls(h1.namespace, { "ipv4/ip_forward": 0, "ipv6/conf/all/forwarding": 0 });
  asFound = values();
  heard = new Program(
    under,
    `const s = require("node:dgram").createSocket("udp6"); s.on("message", (m) => console.log(String(m).trim())); s.bind(99, "::", () => console.log("ready"));`,
  );
  await heard.said((l) => l === "ready");
  w1 = await net.workload("w1", h1, "p-w1", undefined, "02:00:00:00:01:01", ["10.1.1.11/24", "fd00:1::11/64"]);
  await net.ip(w1, ["route add 0.0.0.0/0 via 10.1.1.1", "route add ::/0 via fd00:1::1"]);
  await startWeft(h1, "agent", { config });
  await weftReady(h1, "agent");
});

const say = async (from: Place, word: string, to: string): Promise<void> =>
  void (await net.run(from, ["bash", "-c", `echo ${word} > /dev/udp/${to}/99`]));
const dropped = (): number =>
  listTable(namespacePath(h1.namespace), { family: "inet", name: "weft_nat" })?.counters.get("not_forwarded")?.packets ?? -1;
const served = async (): Promise<void> => {
  for (const to of ["203.0.113.10", "2001:db8::10"])
    await waitFor(`outside to reach ${to}`, async () => await reaches(outside, to), { within: 20_000 });
  for (const to of ["203.0.113.254", "2001:db8::ff"])
    await waitFor(`w1 to reach ${to}`, async () => await reaches(w1, to), { within: 20_000 });
};

test("floating IPs of both families are served; from the public network nothing comes to what is behind another interface, nor back", async () => {
  await served();
  for (const to of ["10.9.0.2", "fd09::2"]) {
    await say(h1, "from-the-host", to);
    const before = dropped();
    await say(outside, "from-outside", to);
    await waitFor(`the packet to ${to} to be dropped`, () => dropped() === before + 1);
  }
  await waitFor("the host to be heard", () => heard.lines.filter((l) => l === "from-the-host").length === 2);
  assert.ok(!heard.lines.includes("from-outside"));
  const into = new Program(
    outside,
    `const s = require("node:dgram").createSocket("udp6"); s.on("message", (m) => console.log(String(m).trim())); s.bind(99, "::", () => console.log("ready"));`,
  );
  await into.said((l) => l === "ready");
  for (const to of ["203.0.113.254", "2001:db8::ff"]) {
    await say(under, "from-under", to);
    await say(h1, `after-${to}`, to);
    await into.said((l) => l === `after-${to}`);
  }
  assert.ok(!into.lines.includes("from-under"), "what comes in by another interface is not forwarded either");
  into.end();
});

const inShop = async (...argv: readonly string[]): Promise<string> => await net.run(h1, ["ip", "netns", "exec", "weft-shop", ...argv]);
const drifts: readonly (readonly [string, () => Promise<unknown>, () => Promise<boolean>])[] = [
  [
    "the host's table is deleted",
    async () => await net.run(h1, ["nft", "delete", "table", "inet", "weft_nat"]),
    async () => (await net.run(h1, ["nft", "list", "tables"])).includes("inet weft_nat"),
  ],
  [
    "the table of a domain is flushed",
    async () => await inShop("nft", "flush", "table", "inet", "weft_nat"),
    async () => (await inShop("nft", "list", "chain", "inet", "weft_nat", "inbound")).includes("ip daddr map @floating_in"),
  ],
  [
    "a rule is put into the table of a domain",
    async () => await inShop("nft", "insert", "rule", "inet", "weft_nat", "inbound", "drop"),
    async () => !/^\s*drop$/m.test(await inShop("nft", "list", "chain", "inet", "weft_nat", "inbound")),
  ],
  [
    "an element is taken out of a map",
    async () => await inShop("nft", "delete", "element", "inet", "weft_nat", "floating_in", "{ 203.0.113.10 }"),
    async () => (await inShop("nft", "list", "map", "inet", "weft_nat", "floating_in")).includes("203.0.113.10"),
  ],
];
test("tables that somebody changes are put right long before an audit, each with one write", async () => {
  const writes = async (): Promise<number> => await metric(h1, "weft_kernel_operations_total", 'kind="put-ruleset"');
  for (const [what, harm, isMended] of drifts) {
    const before = await writes();
    await harm();
    await waitFor(`${what}: put right`, isMended);
    await waitFor(`${what}: settled`, async () => JSON.stringify(await kernelDiff(h1)) === "[]");
    assert.equal(await writes(), before + 1, what);
  }
  await served();
});

const connected = async (): Promise<boolean> => {
  const shown = `${await inShop("ip", "route", "show", "proto", "kernel")}${await inShop("ip", "-6", "route", "show", "proto", "kernel")}`;
  return ["10.1.1.0/24 dev br101 scope link src 10.1.1.1", "fd00:1::/64 dev br101 metric 256"].every((r) => shown.includes(r));
};
const disconnect = async (): Promise<void> => {
  await inShop("ip", "route", "del", "10.1.1.0/24");
  await inShop("ip", "-6", "route", "del", "fd00:1::/64");
};

test("the routes that the kernel made with a gateway's addresses come back when somebody deletes them", async () => {
  assert.ok(await connected());
  await disconnect();
  await waitFor("them to be back", connected);
  assert.deepEqual(await kernelDiff(h1), []);
});

test("it is the table that holds it: without agent and table the packets pass; a new agent closes the way again and knows it as its own", async () => {
  await stopProcess(h1, "agent");
  await net.run(h1, ["nft", "delete", "table", "inet", "weft_nat"]);
  await disconnect();
  for (const to of ["10.9.0.2", "fd09::2"]) {
    await say(outside, `open-${to}`, to);
    await heard.said((l) => l === `open-${to}`);
  }
  await restartWeft(h1, "agent");
  await weftReady(h1, "agent");
  await served();
  assert.ok(await connected(), "as are routes that went meanwhile");
  for (const to of ["10.9.0.2", "fd09::2"]) {
    const before = dropped();
    await say(outside, "again", to);
    await waitFor(`the packet to ${to} to be dropped`, () => dropped() === before + 1);
  }
  assert.ok(!heard.lines.includes("again"));
});

test("without a public side the host does not forward any more, and cleanup leaves every sysctl as it was found", async () => {
  const { public: _, floatingIps, domains, ...rest } = config;
  writeWeftConfig(h1, "agent", { ...rest, domains: [{ name: "shop" }] });
  await reloadWeft(h1);
  await waitFor("the sysctls to be as they were", () => JSON.stringify(values()) === JSON.stringify(asFound), { within: 20_000 });
  writeWeftConfig(h1, "agent", { ...rest, public: config.public, floatingIps, domains });
  await reloadWeft(h1);
  await served();
  // One that somebody else set meanwhile is his.
  setSysctls(h1.namespace, { "ipv4/neigh/eth0/proxy_delay": 20 });
  await stopProcess(h1, "agent");
  const done = await weft(h1, ["agent", "cleanup"]);
  assert.equal(done.status, 0, done.stderr);
  assert.deepEqual(values(), { ...asFound, "net.ipv4.neigh.eth0.proxy_delay": "20" });
  assert.match((await weft(h1, ["agent", "cleanup"])).stdout, /nothing of ours/);
});

test("where the kernel has one switch of IPv6 for all interfaces, the table stops what it would let through between any two of them", async () => {
  setSysctls(h1.namespace, { "ipv6/conf/all/forwarding": 1 });
  await say(outside, "by-router", "fd09::2");
  await heard.said((l) => l === "by-router");
  const old = { interface: "eth0", address: undefined, ports: { first: 1024, last: 65_535 }, closed: { ip4: false, ip6: true } };
  writeTable(namespacePath(h1.namespace), hostTable({ ...old, byInterface6: false, bridges: ["br9"] }, []));
  for (const [from, to] of [
    [outside, "fd09::2"],
    [under, "2001:db8::ff"],
  ] as const) {
    const before = dropped();
    await say(from, "by-table", to);
    await waitFor(`the packet to ${to} to be dropped`, () => dropped() === before + 1);
  }
  assert.ok(!heard.lines.includes("by-table"));
  heard.end();
});
