// SPDX-License-Identifier: Apache-2.0
/**
 * Routed domains together with FRR (VRFs of namespaces, `zebra -n`) and GoBGP: symmetric IRB and type 5 in both directions, and what FRR
 * does not send: gateways and segments as overlay index, and routes that are wrong.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { labDown } from "../../src/lab/down.ts";
import { findPlace } from "../../src/lab/find.ts";
import { ping } from "../../src/lab/measure/ping.ts";
import { labMove } from "../../src/lab/move.ts";
import { vtyshJson } from "../../src/lab/peer/frr.ts";
import { gobgp } from "../../src/lab/peer/gobgp.ts";
import { weft } from "../../src/lab/peer/weft.ts";
import type { LabPlan } from "../../src/lab/plan/plan.ts";
import { labNames } from "../../src/lab/state/lab-record.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { diff, inDomain, inWorkload, labOf, reachable } from "../routing/routed-lab.ts";

const lab = "rt-interop";
let plan: LabPlan;

const subnets = (n: number): string =>
  `[{ cidr: 10.1.${n}.0/24, gateway: 10.1.${n}.1 }, { cidr: "fd00:${n}::/64", gateway: "fd00:${n}::1" }]`;
const ip = (n: number, host: number): string => `[10.1.${n}.${host}/24, "fd00:${n}::${host}/64"]`;

before(async () => {
  plan = await labOf(
    `
name: ${lab}
underlay: { spines: 1, routing: static }
reflectors: [rr1]
nodes: { h1: {}, h2: {}, f3: { kind: frr }, g4: { kind: gobgp } }
domains:
  red: { l3vni: 5001, redistribute: [kernel] }
  blue: { l3vni: 5002 }
networks:
  red1: { vni: 101, domain: red, subnets: ${subnets(1)} }
  red2: { vni: 102, domain: red, subnets: ${subnets(2)} }
  blue1: { vni: 201, domain: blue, subnets: ${subnets(1)} }
  blue2: { vni: 202, domain: blue, subnets: ${subnets(2)} }
workloads:
  r11: { node: h1, network: red1, ip: ${ip(1, 11)} }
  r22: { node: h2, network: red2, ip: ${ip(2, 22)} }
  r13: { node: f3, network: red1, ip: ${ip(1, 13)} }
  r23: { node: f3, network: red2, ip: ${ip(2, 23)} }
  b11: { node: h1, network: blue1, ip: ${ip(1, 11)} }
  b23: { node: f3, network: blue2, ip: ${ip(2, 23)} }
`,
    lab,
  );
});
after(async () => {
  if (labNames().includes(lab)) await labDown(lab);
});

function loopback(node: string): string {
  return plan.members.find((m) => m.name === node)!.loopback;
}

/** `ip route` of a prefix on a node, as long as it is to be waited for. */
async function routeOn(node: string, prefix: string, wanted: RegExp | undefined): Promise<void> {
  const family = prefix.includes(":") ? "-6 " : "";
  let text = "";
  const isThere = async (): Promise<boolean> => {
    text = (await inDomain(plan, node, "red", `ip ${family}route show ${prefix}`)).replaceAll(/\s+/g, " ");
    return wanted === undefined ? text === "" : wanted.test(text);
  };
  await waitFor(`${node}: ${prefix} ${String(wanted)}`, isThere).catch((cause: unknown) => {
    throw new Error(`${node} has for ${prefix}: ${text}`, { cause });
  });
}

function escaped(text: string): string {
  return text.replaceAll(".", "\\.");
}

async function inject(...words: readonly string[]): Promise<void> {
  await gobgp(findPlace(plan, "g4"), ["global", "rib", "-a", "evpn", ...words.flatMap((w) => w.split(" "))]);
}

const l3 = "rt 65000:5001 encap vxlan";

test("hosts of FRR and of ours reach one another across subnets, IPv4 and IPv6, each tenant its own", async () => {
  await reachable(plan, "r11", "10.1.2.23", "fd00:2::23", "10.1.1.13");
  await reachable(plan, "r23", "10.1.1.11", "fd00:1::11", "10.1.2.22");
  await reachable(plan, "r13", "10.1.2.22", "fd00:2::22");
  await reachable(plan, "b11", "10.1.2.23", "fd00:2::23");
  await reachable(plan, "b23", "10.1.1.11", "fd00:1::11");
  await inWorkload(plan, "b23", "ip link set eth0 down");
  assert.equal((await ping(findPlace(plan, "b11"), "10.1.2.23", { count: 2 })).received, 0);
  assert.equal((await ping(findPlace(plan, "r11"), "10.1.2.23", { count: 2 })).lost, 0);
});

test("symmetric IRB: host routes by the L3VNI on both sides, made of routes with two labels and a router MAC", async () => {
  await routeOn("h1", "10.1.2.23", new RegExp(`via ${escaped(loopback("f3"))} dev vx5001 `));
  await routeOn("h1", "fd00:2::23", new RegExp(`via ::ffff:${escaped(loopback("f3"))} dev vx5001 `));
  await routeOn("f3", "10.1.1.11", new RegExp(`via ${escaped(loopback("h1"))} dev br5001 `));
  await routeOn("f3", "fd00:1::11", new RegExp(`via ::ffff:${escaped(loopback("h1"))} dev br5001 `));
  // A host that one's own network has gets no second entry of us; the router MAC of FRR is its bridge's.
  assert.match(await inDomain(plan, "h1", "red", "ip neigh show dev vx5001"), new RegExp(`${escaped(loopback("f3"))} lladdr 02:46:`));
});

test("type 5 both ways: what is behind a workload of FRR is reached from ours, and the other way round", async () => {
  for (const [name, net] of [
    ["r11", 88],
    ["r23", 99],
  ] as const) {
    await inWorkload(plan, name, `ip address add 10.${net}.0.1/32 dev lo`);
    await inWorkload(plan, name, `ip -6 address add fd00:${net}::1/128 dev lo`);
  }
  await inDomain(plan, "h1", "red", "ip route add 10.88.0.0/16 via 10.1.1.11");
  await inDomain(plan, "h1", "red", "ip -6 route add fd00:88::/48 via fd00:1::11");
  await inDomain(plan, "f3", "red", "ip route add 10.99.0.0/16 via 10.1.2.23");
  await inDomain(plan, "f3", "red", "ip -6 route add fd00:99::/48 via fd00:2::23");
  await routeOn("h2", "10.88.0.0/16", new RegExp(`via ${escaped(loopback("h1"))} dev vx5001 `));
  await routeOn("h2", "10.99.0.0/16", new RegExp(`via ${escaped(loopback("f3"))} dev vx5001 `));
  await reachable(plan, "r22", "10.88.0.1", "10.99.0.1", "fd00:88::1", "fd00:99::1");
  await reachable(plan, "r13", "10.88.0.1", "fd00:88::1");
  await inDomain(plan, "f3", "red", "ip route del 10.99.0.0/16");
  await routeOn("h2", "10.99.0.0/16", undefined);
});

test("a gateway as overlay index: by the neighbour that has it, and again when it is back", async () => {
  await inject(`add prefix 10.77.0.0/16 gw 10.1.2.23 etag 0 rd 10.0.0.50:1 ${l3}`);
  await routeOn("h1", "10.77.0.0/16", /via 10\.1\.2\.23 dev br102 /);
  await inWorkload(plan, "r23", "ip address add 10.77.0.1/32 dev lo");
  await reachable(plan, "r11", "10.77.0.1");
  // FRR forgets a station whose neighbour entry goes.
  await inDomain(plan, "f3", "red", "ip neigh del 10.1.2.23 dev br102");
  await routeOn("h1", "10.77.0.0/16", undefined);
  await reachable(plan, "r13", "10.1.2.23");
  await routeOn("h1", "10.77.0.0/16", /via 10\.1\.2\.23 dev br102 /);
});

test("GoBGP's routes: a host by two labels, a prefix by a router MAC", async () => {
  const vtep = loopback("g4");
  await inject(
    `add macadv 02:cc:00:00:00:01 10.1.2.50 etag 0 label 102,5001 rd ${vtep}:102 rt 65000:102 65000:5001 encap vxlan router-mac 02:aa:00:00:00:50`,
  );
  await routeOn("h1", "10.1.2.50", new RegExp(`via ${escaped(vtep)} dev vx5001 `));
  await inject(`add prefix fd00:50::/48 gw :: etag 0 label 5001 rd ${vtep}:5001 ${l3} router-mac 02:aa:00:00:00:50`);
  await routeOn("h1", "fd00:50::/48", new RegExp(`via ::ffff:${escaped(vtep)} dev vx5001 `));
  const fdb = await inDomain(plan, "h1", "red", "bridge fdb show dev vx5001");
  assert.match(fdb, new RegExp(`02:aa:00:00:00:50 dst ${escaped(vtep)} `));
});

test("a segment as overlay index: the frame goes to the station behind it by the network's VNI", async () => {
  const station = plan.workloads.find((w) => w.name === "r23")!.mac;
  const esi = "esi ARBITRARY 11:22:33:44:55:66:77:88:99";
  await inject(`add prefix 10.60.0.0/16 gw 0.0.0.0 ${esi} etag 0 label 0 rd 10.0.0.50:60 ${l3} router-mac ${station}`);
  await inject(`add a-d ${esi} etag 0 label 102 rd 10.0.0.50:60 rt 65000:102 encap vxlan nexthop ${loopback("f3")}`);
  await routeOn("h1", "10.60.0.0/16", /via inet6 fe80::\S+ dev vx5001 /);
  assert.match(
    await inDomain(plan, "h1", "red", "bridge fdb show dev vx5001"),
    new RegExp(`${station} dst ${escaped(loopback("f3"))} vni 102 `),
  );
  await inWorkload(plan, "r23", "ip address add 10.60.0.1/32 dev lo");
  await reachable(plan, "r11", "10.60.0.1");
});

test("a route of another domain goes with that domain's VNI", async () => {
  const mac = "02:aa:00:00:00:64";
  await inject(`add prefix 10.64.0.0/16 gw 0.0.0.0 etag 0 label 5002 rd 10.0.0.50:64 ${l3} router-mac ${mac} nexthop ${loopback("f3")}`);
  await routeOn("h1", "10.64.0.0/16", /via inet6 fe80::aa:ff:fe00:64 dev vx5001 /);
  const fdb = await inDomain(plan, "h1", "red", "bridge fdb show dev vx5001");
  assert.match(fdb, new RegExp(`${mac} dst ${escaped(loopback("f3"))} vni 5002 `));
  assert.match(await inDomain(plan, "h1", "red", "ip -6 neigh show dev vx5001"), new RegExp(`fe80::aa:ff:fe00:64 lladdr ${mac} `));
});

test("routes that are wrong hurt nobody: no router MAC, and one that another host has", async () => {
  await inject(`add prefix 10.61.0.0/16 gw 0.0.0.0 etag 0 label 5001 rd 10.0.0.50:2 ${l3}`);
  const [neighbour] = JSON.parse(await inDomain(plan, "h1", "red", `ip -j neigh show ${loopback("f3")} dev vx5001`)) as {
    lladdr: string;
  }[];
  await inject(`add prefix 10.62.0.0/16 gw 0.0.0.0 etag 0 label 5001 rd 10.0.0.50:3 ${l3} router-mac ${neighbour!.lladdr}`);
  await inject(`add prefix 10.63.0.0/16 gw 0.0.0.0 etag 0 label 5001 rd 10.0.0.50:4 ${l3} router-mac 02:aa:00:00:00:50`);
  await routeOn("h1", "10.63.0.0/16", /dev vx5001/);
  const events = (await weft(findPlace(plan, "h1"), ["events"])).stdout;
  assert.match(events, /10\.61\.0\.0.*no Router's MAC/);
  const both = [loopback("f3"), loopback("g4")].toSorted();
  assert.match(events, new RegExp(`evpn\\.router-mac-conflict.*${both.map(escaped).join(" and ")}`));
  await routeOn("h1", "10.61.0.0/16", undefined);
  await routeOn("h1", "10.62.0.0/16", undefined);
  await reachable(plan, "r11", "10.1.2.23");
});

test("a workload moves to FRR and back: its host route goes along, on hosts of both makes", async () => {
  await labMove(lab, "r11", "f3");
  await routeOn("h2", "10.1.1.11", new RegExp(`via ${escaped(loopback("f3"))} dev vx5001 `));
  await reachable(plan, "r22", "10.1.1.11", "fd00:1::11");
  await labMove(lab, "r11", "h1");
  await routeOn("h2", "10.1.1.11", new RegExp(`via ${escaped(loopback("h1"))} dev vx5001 `));
  await routeOn("f3", "10.1.1.11", new RegExp(`via ${escaped(loopback("h1"))} dev br5001 `));
  await reachable(plan, "r22", "10.1.1.11", "fd00:1::11");
  await reachable(plan, "r23", "10.1.1.11", "fd00:1::11");
});

test("what FRR has of us, and nothing left to do here", async () => {
  const routes = await vtyshJson<Record<string, { nexthops: { ip: string }[] }[]>>(findPlace(plan, "f3"), "show ip route vrf weft-red bgp");
  assert.deepEqual(
    routes["10.1.1.11/32"]?.[0]?.nexthops.map((n) => n.ip),
    [loopback("h1")],
  );
  assert.deepEqual(
    routes["10.88.0.0/16"]?.[0]?.nexthops.map((n) => n.ip),
    [loopback("h1")],
  );
  for (const node of ["h1", "h2"]) await waitFor(`${node}: no difference`, async () => JSON.stringify(await diff(plan, node)) === "[]");
});
