// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ip } from "../../base/net/ip.ts";
import type { DomainRow, NetworkRow, PrefixRow } from "../../contract/inspect.ts";
import { type KernelView, type TraceHop, traceRoute } from "./trace-route.ts";

const [macB, macC] = ["02:00:00:00:00:0b", "02:00:00:00:00:0c"];

function network(name: string, n: number): NetworkRow {
  return {
    network: name,
    vni: 100 + n,
    domain: "shop",
    namespace: "weft-shop",
    bridge: `br10${n}`,
    gateways: [`10.1.${n}.1/24`],
    vxlan: `vx10${n}`,
    mtu: 1450,
    rd: "",
    importTargets: [],
    exportTargets: [],
    mode: "own",
    localMacs: 0,
    remoteMacs: 0,
    vteps: 0,
    unknownNeighbours: "flood",
    droppedArp: 0,
    droppedNd: 0,
    state: "ready",
    reason: null,
  };
}

const [web, db] = [network("web", 1), network("db", 2)];
const office = { ...network("office", 3), domain: "lan", namespace: "weft-lan" };
const subnet = (n: number): PrefixRow => ({
  domain: "shop",
  prefix: `10.1.${n}.0/24`,
  source: "subnet",
  state: "local",
  paths: [{ via: null, dev: `br10${n}`, vtep: null, vni: null, routerMac: null, domain: null }],
  reason: null,
});
const tunnel = { via: "10.0.0.2", dev: "vx5001", vtep: "10.0.0.2", vni: 5001, routerMac: "02:52:00:00:00:02", domain: null };
const inLan = { via: "fe80::1", dev: "to-lan", vtep: null, vni: null, routerMac: null, domain: "lan" };
const tables = {
  host: "h1",
  networks: [web, db, office],
  domains: [{ domain: "lan", namespace: "weft-lan" } as DomainRow],
  neighbours: [
    { network: "web", vni: 101, ip: "10.1.1.12", mac: macB, where: "remote", at: "10.0.0.2", origin: "bgp" },
    { network: "db", vni: 102, ip: "10.1.2.22", mac: macC, where: "remote", at: "10.0.0.2", origin: "bgp" },
    { network: "db", vni: 102, ip: "10.1.2.21", mac: macC, where: "local", at: "p2", origin: "declared" },
    { network: "office", vni: 103, ip: "10.1.3.31", mac: macB, where: "local", at: "p3", origin: "declared" },
  ],
  prefixes: [
    subnet(1),
    subnet(2),
    { domain: "shop", prefix: "10.1.2.22/32", source: "host", state: "installed", paths: [tunnel], reason: null },
    { domain: "shop", prefix: "10.1.2.21/32", source: "host", state: "local", paths: [], reason: null },
    {
      domain: "shop",
      prefix: "10.9.0.0/16",
      source: "prefix",
      state: "installed",
      paths: [{ via: "10.1.2.21", dev: "br102", vtep: null, vni: null, routerMac: null, domain: null }],
      reason: null,
    },
    { domain: "shop", prefix: "10.1.3.31/32", source: "host", state: "installed", paths: [inLan], reason: null },
    { ...subnet(3), domain: "lan" },
    { domain: "lan", prefix: "10.1.3.31/32", source: "host", state: "local", paths: [], reason: null },
    { domain: "shop", prefix: "10.8.0.0/16", source: "prefix", state: "unresolved", paths: [], reason: "its gateway is not known" },
  ],
} as const;

const from = { ip: "10.1.1.11" as Ip, network: web, where: "local", at: "p1" } as const;

/** Lines of `AT: WHAT | TABLES | KERNEL | AGREE`. */
function trace(to: string, route: TraceHop | string, vtep?: string): readonly string[] {
  const kernel: KernelView = { route: () => route, forwarding: () => vtep };
  return traceRoute(from, to as Ip, tables, kernel).map((r) =>
    [`${r.at}: ${r.what}`, ...(r.tables === "" ? [] : [r.tables, r.kernel, r.agree])].join(" | "),
  );
}

const start = "h1: 10.1.1.11 in web, port p1";
const gateway = "h1: gateway 10.1.1.1 of web";

test("to another subnet: by the host route, through the tunnel of the domain", () => {
  const beyond = ["10.0.0.2: from the tunnel with VNI 5001, to router 02:52:00:00:00:02", `10.0.0.2: 10.1.2.22 is ${macC} in db`];
  const line = (kernel: string, agree: string): string => `${gateway} | 10.1.2.22/32 via 10.0.0.2 dev vx5001 | ${kernel} | ${agree}`;
  const right = trace("10.1.2.22", { via: "10.0.0.2", dev: "vx5001" });
  assert.deepEqual(right, [start, line("via 10.0.0.2 dev vx5001", "yes"), ...beyond]);
  const wrong = trace("10.1.2.22", { via: undefined, dev: "br102" });
  assert.deepEqual(wrong, [start, line("dev br102", "no"), ...beyond]);
});

test("to a station of this host, by a station that is a gateway, and within the subnet", () => {
  const local = `h1: 10.1.2.21 is ${macC} in db, port p2`;
  const direct = trace("10.1.2.21", { via: undefined, dev: "br102" });
  assert.deepEqual(direct, [start, `${gateway} | 10.1.2.0/24 dev br102 | dev br102 | yes`, local]);
  const behind = trace("10.9.9.9", { via: "10.1.2.21", dev: "br102" });
  assert.deepEqual(behind, [start, `${gateway} | 10.9.0.0/16 via 10.1.2.21 dev br102 | via 10.1.2.21 dev br102 | yes`, local]);
  const near = `h1: 10.1.1.12 is ${macB} in web | VTEP 10.0.0.2 dev vx101`;
  const last = `10.0.0.2: from the tunnel with VNI 101 to ${macB}`;
  assert.deepEqual(trace("10.1.1.12", "unused", "10.0.0.2"), [start, `${near} | VTEP 10.0.0.2 dev vx101 | yes`, last]);
  assert.deepEqual(trace("10.1.1.12", "unused"), [start, `${near} | no entry | no`, last]);
});

test("to nowhere: why, as far as it is known", () => {
  assert.deepEqual(trace("10.7.0.1", "ENETUNREACH"), [start, `${gateway} | no route | ENETUNREACH | yes`]);
  assert.deepEqual(trace("10.8.0.1", { via: "1.1.1.1", dev: "x" }), [
    start,
    `${gateway} | no route | via 1.1.1.1 dev x | no`,
    "h1: 10.8.0.0/16 is not installed: its gateway is not known",
  ]);
  assert.match(trace("10.1.2.1", "unused")[1]!, /10\.1\.2\.1 is the gateway of db/);
});

test("into another domain of this host, which decides anew", () => {
  const asked: string[] = [];
  const kernel: KernelView = {
    route: ({ namespace, iif }) => {
      asked.push(`${namespace} ${iif}`);
      return namespace === "weft-lan" ? { via: undefined, dev: "br103" } : { via: "fe80::1", dev: "to-lan" };
    },
    forwarding: () => undefined,
  };
  const rows = traceRoute(from, "10.1.3.31" as Ip, tables, kernel);
  assert.deepEqual(asked, ["weft-shop br101", "weft-lan to-shop"]);
  assert.deepEqual(
    rows.map((r) => `${r.what} | ${r.tables} | ${r.agree}`),
    [
      "10.1.1.11 in web, port p1 |  | -",
      "gateway 10.1.1.1 of web | 10.1.3.31/32 via fe80::1 dev to-lan | yes",
      "domain lan | 10.1.3.0/24 dev br103 | yes",
      `10.1.3.31 is ${macB} in office, port p3 |  | -`,
    ],
  );
});
