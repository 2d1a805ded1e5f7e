// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { parseIp } from "../base/net/ip.ts";
import { ManualClock } from "../base/run/clock.ts";
import { eventKind } from "../base/run/journal.ts";
import { counter } from "../base/run/metrics.ts";
import type { DomainRow, MacRow, NetworkRow, RouteDetailRow, RouteQuery } from "../contract/inspect.ts";
import { UnknownPeerError } from "../bgp/speaker/errors.ts";
import { RequestError } from "./errors.ts";
import { EventLog } from "./event-log.ts";
import { HealthServer, InspectServer } from "./inspect-server.ts";
import { ProblemList } from "./problem-list.ts";
import { PrometheusMetrics } from "./prometheus.ts";
import type { InspectProvider } from "./provider.ts";

const silent = () => undefined;
const clock = new ManualClock();
const journal = new EventLog({ debug: silent, info: silent, warn: silent, error: silent }, () => clock.wall());
const metrics = new PrometheusMetrics();
const problems = new ProblemList(() => clock.wall());
const asked: RouteQuery[] = [];
let phase: "starting" | "ready" | "stopping" = "ready";
let bad = false;

const mac = (n: number, ip: string): MacRow => ({
  network: n < 3 ? "web" : "app",
  vni: n < 3 ? 101 : 102,
  mac: `02:00:00:00:00:0${n}`,
  where: "local",
  at: "p0",
  sequence: 0,
  sticky: false,
  origin: "learned",
  ips: [ip],
  quarantined: false,
});
const macs = [mac(1, "10.0.0.1"), mac(2, "10.0.0.2"), mac(3, "10.0.0.1")];

const knownPeer = (peer: string): readonly string[] => {
  if (peer !== "all" && peer !== "10.0.0.4") throw new UnknownPeerError(peer);
  return ["10.0.0.4"];
};

const listing = { made: 0, ended: false };
/** Without end, for as long as somebody reads. */
async function* pieces(): AsyncGenerator<string> {
  try {
    for (; ; listing.made++) {
      await setImmediate();
      yield `${"x".repeat(60_000)}\n`;
    }
  } finally {
    listing.ended = true;
  }
}

const networks = ["web", "app"].map((network) => ({ network }) as NetworkRow);

const provider: InspectProvider = {
  status: () => ({ host: "h1", asn: 65000, routerId: "10.0.0.1", peers: { configured: 1, established: 1 }, routes: 7, ready: true }),
  bgp: {
    peers: () => Promise.resolve([]),
    memberships: () => Promise.resolve([]),
    summary: () => ({
      asn: 65000,
      routerId: "10.0.0.1",
      clusterId: null,
      peers: { configured: 1, dynamic: 0, established: 1, states: {} },
      families: [],
      attributeSets: 0,
      memory: 0,
    }),
    routes(query) {
      asked.push(query);
      return Promise.resolve({ rows: [], next: null });
    },
    routeStream: () => Promise.resolve(pieces()),
    route: (name, rd) => Promise.resolve(name === "02:00:00:00:00:01" ? [{ route: name, rd } as unknown as RouteDetailRow] : []),
    refresh: knownPeer,
    enable: knownPeer,
    shutdown: knownPeer,
  },
  evpn: {
    hasNetwork: (name) => networks.some((n) => n.network === name),
    hasDomain: (name) => name === "shop",
    networks: () => networks,
    ports: () => [],
    domains: () => [{ domain: "shop" } as DomainRow],
    prefixes: () => [],
    vteps: () => [],
    macs: () => macs,
    neighbours: () => [],
    duplicates: () => [],
    clearDuplicates: (filter) => Object.keys(filter).length,
  },
  kernel: { diff: () => Promise.reject(new Error("netlink went away")) },
};

const folder = mkdtempSync(path.join(os.tmpdir(), "weft-inspect-"));
const socketPath = path.join(folder, "weft.sock");
const context = {
  component: "agent",
  version: "1.2.3",
  clock,
  journal,
  metrics,
  problems,
  provider,
  phase: () => phase,
  reload: async () => {
    if (bad) throw new RequestError("WEFT_CONFIG_INVALID", "f.yaml:1:1: adopt: is missing");
    return { changes: ["network web is new"] };
  },
} as const;
const server = new InspectServer(socketPath, context);
before(() => server.start());
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

async function ask(method: string, at: string, body?: object): Promise<{ readonly status: number; readonly text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const headers = body === undefined ? {} : { "content-type": "application/json" };
  const out = request({ socketPath, method, path: at, headers }, (reply) => {
    text(reply).then((t) => resolve({ status: reply.statusCode!, text: t }), reject);
  });
  out.on("error", reject);
  out.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}

async function json(method: string, at: string, body?: object): Promise<unknown> {
  return JSON.parse((await ask(method, at, body)).text);
}

test("only the owner may open the socket", () => assert.equal(statSync(socketPath).mode & 0o777, 0o600));

test("status puts together what the daemon, the process and the problems say", async () => {
  clock.advance(61_000);
  const status = (await json("GET", "/v1/status")) as Record<string, unknown>;
  assert.equal(status["state"], "ready");
  assert.equal(status["uptime"], 61);
  assert.equal(status["version"], "1.2.3");
  assert.equal(status["pid"], process.pid);
  assert.deepEqual(status["problems"], []);
});

test("a problem degrades, is listed with its first time, and fails health but not readiness", async () => {
  problems.report("WEFT_PORT_WAITING", "network web", "second", "warning");
  clock.advance(1_000);
  problems.report("WEFT_MTU", "peer 10.0.0.4", "first");
  problems.report("WEFT_PORT_WAITING", "network web", "said again", "warning");
  const status = (await json("GET", "/v1/status")) as { state: string; problems: { code: string; message: string; since: string }[] };
  assert.equal(status.state, "degraded");
  assert.deepEqual(
    status.problems.map((p) => `${p.code} ${p.message}`),
    ["WEFT_MTU first", "WEFT_PORT_WAITING said again"],
  );
  assert.ok(status.problems[0]!.since > status.problems[1]!.since);
  assert.equal((await ask("GET", "/health")).status, 503);
  assert.equal((await ask("GET", "/health/ready")).status, 200);
  problems.replace("WEFT_MTU", new Map());
  problems.clear("WEFT_PORT_WAITING", "network web");
  assert.deepEqual(await ask("GET", "/health"), { status: 200, text: '{"status":"ok","state":"ready","reasons":[]}' });
});

test("readiness follows the phase, liveness does not", async () => {
  phase = "starting";
  assert.deepEqual(await ask("GET", "/health/ready"), {
    status: 503,
    text: '{"status":"failing","state":"starting","reasons":["the agent is starting"]}',
  });
  assert.equal((await ask("GET", "/health/live")).status, 200);
  phase = "ready";
});

test("filters of routes come canonical to the provider", async () => {
  await json("GET", "/v1/bgp/routes?type=macip&mac=02-00-00-00-00-0A&vni=101&best=1&limit=5&ip=FD00::0:1&rd=65000:1&peer=local&after=9");
  assert.deepEqual(asked.at(-1), {
    type: "macip",
    peer: "local",
    after: "9",
    mac: "02:00:00:00:00:0a",
    ip: "fd00::1",
    rd: "65000:1",
    vni: 101,
    limit: 5,
    best: true,
  });
});

test("a stream of routes is made no faster than it is read, and no longer than there is a reader", async () => {
  const { promise, resolve } = Promise.withResolvers<IncomingMessage>();
  const out = request({ socketPath, path: "/v1/bgp/routes?stream=1&limit=900000000" }, resolve).end();
  const reply = await promise;
  assert.equal(reply.headers["content-type"], "application/x-ndjson");
  // Nobody reads: what is made stops where the buffers of both ends are full.
  for (let before = -1; before !== listing.made;) {
    before = listing.made;
    for (let turns = 0; turns < 200; turns++) await setImmediate();
  }
  assert.ok(listing.made < 100, `${listing.made} pieces were made for a reader that does not read`);
  const stuck = listing.made;
  reply.resume();
  while (listing.made < stuck + 50) await setImmediate();
  out.destroy();
  while (!listing.ended) await setImmediate();
});

test("one route by its name", async () => {
  assert.deepEqual(await json("GET", "/v1/bgp/route?route=02:00:00:00:00:01&rd=65000:1"), [{ route: "02:00:00:00:00:01", rd: "65000:1" }]);
  assert.deepEqual(await json("GET", "/v1/bgp/route?route=02:00:00:00:00:02"), []);
});

const badRequests: readonly (readonly [method: string, at: string, status: number, code: string, body?: object])[] = [
  ["GET", "/v1/bgp/routes?mac=zz", 400, "WEFT_BAD_REQUEST"],
  ["GET", "/v1/bgp/routes?colour=red", 400, "WEFT_BAD_REQUEST"],
  ["GET", "/v1/bgp/routes?vni=16777216", 400, "WEFT_BAD_REQUEST"],
  ["GET", "/v1/bgp/routes?mac=a&mac=b", 400, "WEFT_BAD_REQUEST"],
  ["GET", "/v1/bgp/routes?ip=10.0.0.0/33", 400, "WEFT_BAD_REQUEST"],
  ["GET", "/v1/bgp/routes?stream=1&limit=0", 400, "WEFT_BAD_REQUEST"],
  ["GET", "/v1/bgp/route", 400, "WEFT_BAD_REQUEST"],
  ["GET", "/v1/evpn/macs?network=none", 404, "WEFT_NOT_FOUND"],
  ["GET", "/v1/nothing", 404, "WEFT_NOT_FOUND"],
  ["POST", "/v1/bgp/refresh", 400, "WEFT_BAD_REQUEST", {}],
  ["POST", "/v1/bgp/refresh", 404, "WEFT_BGP_UNKNOWN_PEER", { peer: "10.0.0.9" }],
  ["POST", "/v1/bgp/shutdown", 400, "WEFT_BAD_REQUEST", { peer: "all", message: "é".repeat(128) }],
  ["GET", "/v1/kernel/diff", 500, "WEFT_INTERNAL"],
];
for (const [method, at, status, code, body] of badRequests) {
  test(`${method} ${at} is refused as ${code}`, async () => {
    const reply = await ask(method, at, body);
    assert.equal(reply.status, status);
    assert.equal((JSON.parse(reply.text) as { error: { code: string } }).error.code, code);
  });
}

test("EVPN tables are filtered, and ordered by network", async () => {
  const of = async (query: string): Promise<string[]> =>
    ((await json("GET", `/v1/evpn/macs?${query}`)) as MacRow[]).map((m) => m.mac.slice(-1));
  assert.deepEqual(await of(""), ["3", "1", "2"]);
  assert.deepEqual(await of("network=web"), ["1", "2"]);
  assert.deepEqual(await of("vni=102"), ["3"]);
  assert.deepEqual(await of("ip=10.0.0.1"), ["3", "1"]);
  assert.deepEqual(await of("mac=0200.0000.0002"), ["2"]);
});

test("actions", async () => {
  assert.deepEqual(await json("POST", "/v1/bgp/shutdown", { peer: "all", message: "bye" }), { peers: ["10.0.0.4"] });
  assert.deepEqual(await json("POST", "/v1/evpn/duplicates/clear", { network: "web", mac: "02:00:00:00:00:01" }), { cleared: 2 });
  assert.deepEqual(await json("POST", "/v1/reload"), { changes: ["network web is new"] });
  bad = true;
  assert.deepEqual(await ask("POST", "/v1/reload"), {
    status: 422,
    text: '{"error":{"code":"WEFT_CONFIG_INVALID","message":"f.yaml:1:1: adopt: is missing"}}',
  });
});

test("metrics hold ours and those of the process", async () => {
  const seen = counter("weft_test_total", "Things seen.", ["what"]);
  metrics.add(seen, { what: "a" }, 2);
  metrics.onScrape(() => metrics.set(seen, { what: "b" }, 5));
  const { text: body } = await ask("GET", "/metrics");
  assert.match(body, /^# TYPE weft_test_total counter$/m);
  assert.match(body, /^weft_test_total\{what="a"\} 2$/m);
  assert.match((await ask("GET", "/metrics")).text, /^weft_test_total\{what="b"\} 5$/m);
  assert.match(body, /^process_resident_memory_bytes \d+$/m);
});

test("events: the kept ones, then new ones as they happen, until the server ends", async () => {
  const said = eventKind<{ word: string }>("test.said", "info", (f) => `said ${f.word}`);
  const quiet = eventKind<{ word: string }>("test.quiet", "debug", (f) => `whispered ${f.word}`);
  journal.emit(said, { word: "one" });
  journal.emit(quiet, { word: "nothing" });
  const { promise, resolve, reject } = Promise.withResolvers<string[]>();
  const out = request({ socketPath, path: "/v1/events?follow=1" }, (reply) => {
    let lines = "";
    reply.setEncoding("utf8");
    reply.on("data", (chunk: string) => {
      lines += chunk;
      if (lines.split("\n").length === 2) journal.emit(said, { word: "two" });
      if (lines.split("\n").length === 3) resolve(lines.trim().split("\n"));
    });
    reply.on("error", () => undefined);
  });
  out.on("error", reject);
  out.end();
  const lines = (await promise).map((l) => JSON.parse(l) as { event: string; message: string; fields: { word: string } });
  assert.deepEqual(
    lines.map((l) => l.message),
    ["said one", "said two"],
  );
  assert.equal(lines[1]!.event, "test.said");
  assert.equal(lines[1]!.fields.word, "two");
  out.destroy();
  assert.equal((await ask("GET", "/v1/events")).text.trim().split("\n").length, 2);
});

test("over TCP there is health and nothing else", async () => {
  const tcp = new HealthServer({ address: parseIp("127.0.0.1")!, port: 0 }, context);
  await tcp.start();
  try {
    const at = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${tcp.port}${path}`);
    assert.equal((await at("/health/live")).status, 200);
    assert.equal((await at("/metrics")).status, 200);
    for (const path of ["/v1/status", "/v1/events", "/v1/bgp/peers"]) assert.equal((await at(path)).status, 404);
  } finally {
    await tcp.stop();
  }
});
