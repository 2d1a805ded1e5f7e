// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import {
  announceMacs,
  freePort,
  isUp,
  makeSpeaker,
  peerConfig,
  type RunningSpeaker,
  speakerConfig,
  until,
} from "../bgp/speaker/testing/speakers.ts";
import { Client } from "../cli/client.ts";
import type { BgpSummaryReply, EventRow, PeerRow, ReloadReply, RouteRow, RoutesReply, StatusReply } from "../contract/inspect.ts";

const weft = path.resolve(import.meta.dirname, "../../bin/weft");
const us = "127.9.7.1";
const clients = ["127.9.7.2", "127.9.7.3"] as const;
const folder = mkdtempSync(path.join(os.tmpdir(), "weft-reflector-"));
const runDirectory = path.join(folder, "run");
const configFile = path.join(folder, "reflector.yaml");
const client = new Client(runDirectory);
const speakers: RunningSpeaker[] = [];
let port = 0;
let reflector: ChildProcess;
let log: Promise<string>;

function config(more = ""): string {
  return `host: rr1
bgp:
  asn: 65000
  routerId: 10.99.0.1
  listen: ["${us}:${port}"]
  reflector: { clusterId: 10.99.0.9 }
  dynamicPeers: [{ range: 127.9.7.0/24, asn: 65000, client: true }]
${more}`;
}

function start(): ChildProcess {
  return spawn(weft, ["reflector", "--config", configFile, "--run-dir", runDirectory], { stdio: ["ignore", "pipe", "pipe"] });
}

const ended = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => child.once("close", resolve));

before(async () => {
  port = await freePort();
  writeFileSync(configFile, config());
  reflector = start();
  log = text(reflector.stderr!);
  for await (const line of createInterface({ input: reflector.stdout! })) if (line === "ready") break;
  for (const address of clients) {
    const s = makeSpeaker(speakerConfig(address, port, { listen: [], peers: [peerConfig(us, port, address)] }));
    speakers.push(s);
    await s.speaker.start();
    await until(`session of ${address}`, () => isUp(s, us));
  }
});

after(async () => {
  await Promise.all(speakers.map((s) => s.speaker.stop("shutdown")));
  reflector.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

test("routes of one client reach the other", async () => {
  announceMacs(speakers[0]!, 1, 4);
  await until("three routes at the other client", () => speakers[1]!.speaker.rib.stats().routes === 3);
});

test("what the reflector says of itself, its peers and its routes", async () => {
  const status = await client.get<StatusReply>("/v1/status");
  assert.deepEqual(
    [status.component, status.host, status.state, status.routes, status.peers.established, status.problems.length],
    ["reflector", "rr1", "ready", 3, 2, 0],
  );
  const peers = await client.get<readonly PeerRow[]>("/v1/bgp/peers");
  assert.deepEqual(
    peers.map((p) => [p.peer, p.role, p.state, p.dynamic, p.received, p.routerId]),
    [
      [clients[0], "client", "established", true, 3, clients[0]],
      [clients[1], "client", "established", true, 0, clients[1]],
    ],
  );
  const summary = await client.get<BgpSummaryReply>("/v1/bgp/summary");
  assert.deepEqual([summary.clusterId, summary.families], ["10.99.0.9", [{ family: "l2vpn-evpn", routes: 3, paths: 3 }]]);
});

test("routes are filtered and paged", async () => {
  const of = async (query: Readonly<Record<string, string | number>>): Promise<readonly string[]> => {
    const { rows } = await client.get<RoutesReply>("/v1/bgp/routes", query);
    return rows.map((r) => r.mac!.slice(-2)).toSorted();
  };
  assert.deepEqual(await of({}), ["01", "02", "03"]);
  assert.deepEqual(await of({ mac: "02:00:00:00:00:02" }), ["02"]);
  assert.deepEqual(await of({ type: "macip", vni: 100, rt: "65000:100", rd: "10.0.0.1:100", peer: clients[0], best: 1 }), [
    "01",
    "02",
    "03",
  ]);
  for (const none of [
    { type: "multicast" },
    { vni: 101 },
    { rt: "65000:1" },
    { rd: "10.0.0.1:1" },
    { peer: clients[1] },
    { ip: "10.0.0.1" },
  ]) {
    assert.deepEqual(await of(none as Readonly<Record<string, string | number>>), [], JSON.stringify(none));
  }
  const first = await client.get<RoutesReply>("/v1/bgp/routes", { limit: 2 });
  assert.equal(first.rows.length, 2);
  const second = await client.get<RoutesReply>("/v1/bgp/routes", { limit: 2, after: first.next! });
  assert.equal(second.rows.length, 1);
  assert.equal(new Set([...first.rows, ...second.rows].map((r) => r.route)).size, 3);
  assert.deepEqual(
    { ...first.rows[0], route: "", mac: "" },
    {
      family: "l2vpn-evpn",
      route: "",
      type: 2,
      rd: "10.0.0.1:100",
      nextHop: "10.0.0.99",
      peer: clients[0],
      best: true,
      stale: false,
      localPref: 100,
      asPath: "",
      routeTargets: ["65000:100"],
      communities: [],
      labels: [100],
      mac: "",
      ip: null,
    },
  );
});

test("the command line prints them as a table", async () => {
  const child = spawn(weft, ["bgp", "routes", "--mac", "02:00:00:00:00:03"], { env: { ...process.env, WEFT_RUN_DIR: runDirectory } });
  const [out, status] = await Promise.all([text(child.stdout), ended(child)]);
  assert.equal(status, 0);
  const [heading, row, ...more] = out.trimEnd().split("\n");
  assert.match(heading!, /^ +RD +ROUTE +NEXT HOP +FROM +LABEL +AS PATH +RT +COMMUNITIES$/);
  assert.match(row!, /^\* +10\.0\.0\.1:100 +\[2\]:\[0\]:\[48\]:\[02:00:00:00:00:03\] +10\.0\.0\.99 +127\.9\.7\.2 +100 +- +65000:100$/);
  assert.deepEqual(more, []);
});

async function printed(
  ...args: readonly string[]
): Promise<{ readonly out: string; readonly said: string; readonly status: number | null }> {
  const child = spawn(weft, args, { env: { ...process.env, WEFT_RUN_DIR: runDirectory } });
  const [out, said, status] = await Promise.all([text(child.stdout), text(child.stderr), ended(child)]);
  return { out, said, status };
}

test("all routes as JSON, some with the place where the next ones begin, and one with its reasons", async () => {
  const all = await printed("bgp", "routes", "-o", "json");
  assert.deepEqual((JSON.parse(all.out) as RouteRow[]).map((r) => r.mac!.slice(-1)).toSorted(), ["1", "2", "3"]);
  assert.deepEqual(await printed("bgp", "routes", "--mac", "02:00:00:00:00:09", "-o", "json"), { out: "[]\n", said: "", status: 0 });
  const first = await printed("bgp", "routes", "--limit", "2", "-o", "wide");
  assert.match(first.out, /^ +RD +ROUTE +NEXT HOP +FROM +LABEL +AS PATH +LOCAL PREF +FAMILY +RT +COMMUNITIES\n(.*\n){2}$/);
  const [, cursor] = /^more: add --after (\d+)$/m.exec(first.said)!;
  const rest = await printed("bgp", "routes", "--limit", "2", "--after", cursor!);
  assert.equal(rest.out.trimEnd().split("\n").length, 2);
  assert.equal((await printed("bgp", "routes", "--after", cursor!)).status, 64);
  const one = await printed("bgp", "route", "02:00:00:00:00:03");
  assert.match(one.out, /^10\.0\.0\.1:100 \[2\].*1 path\n {2}from 127\.9\.7\.2: best\n[^]*ORIGIN: IGP[^]*sent to: 127\.9\.7\.3\n/i);
  assert.match(one.out, /not sent to 127\.9\.7\.2: split horizon/);
  const none = await printed("bgp", "route", "10.0.0.77");
  assert.deepEqual([none.out, none.said, none.status], ["", "no such route\n", 1]);
});

test("a session is ended with a message for the other side", async () => {
  const peer = clients[1];
  assert.deepEqual(await client.post("/v1/bgp/shutdown", { peer, message: "maintenance" }), { peers: [peer] });
  const seen = await until("the session to end", () => !isUp(speakers[1]!, us) && speakers[1]!.speaker.peers()[0]!.lastError);
  assert.match(seen, /maintenance/);
  await assert.rejects(client.post("/v1/bgp/refresh", { peer }), { code: /^WEFT_BGP_(SESSION|UNKNOWN_PEER)$/ });
});

test("nobody else may have the run directory", async () => {
  const second = start();
  const [said, status] = await Promise.all([text(second.stderr!), ended(second)]);
  assert.equal(status, 69);
  assert.match(said, new RegExp(`^weft: WEFT_ALREADY_RUNNING: .* \\(pid ${reflector.pid}\\)`));
  assert.ok(existsSync(path.join(runDirectory, "weft.sock")));
});

test("a bad file is refused and changes nothing; a good one is taken over by its differences", async () => {
  writeFileSync(configFile, config("logg: {}\n"));
  await assert.rejects(client.post("/v1/reload"), {
    code: "WEFT_CONFIG_INVALID",
    message: /reflector\.yaml:8:1: logg: unknown key; .* did you mean "log"\?/,
  });
  writeFileSync(configFile, config().replace("asn: 65000", "asn: 65001").replace("asn: 65000", "asn: 65001"));
  await assert.rejects(client.post("/v1/reload"), { code: "WEFT_BGP_NEEDS_RESTART" });
  assert.equal((await client.get<StatusReply>("/v1/status")).asn, 65_000);
  assert.ok(isUp(speakers[0]!, us));
  writeFileSync(configFile, config("log: { level: warn }\n"));
  assert.deepEqual(await client.post<ReloadReply>("/v1/reload"), { changes: ["log level info becomes warn"] });
  writeFileSync(configFile, config(`metrics: { listen: "${us}:${port}" }\n`));
  await assert.rejects(client.post("/v1/reload"), { code: "WEFT_METRICS_LISTEN", message: /127\.9\.7\.1 port \d+: EADDRINUSE/ });
  const other = await freePort();
  writeFileSync(configFile, config(`metrics: { listen: "${us}:${other}" }\n`));
  const served = `metrics are served at ${us} port ${other}`;
  assert.deepEqual(await client.post<ReloadReply>("/v1/reload"), { changes: [served, "log level warn becomes info"] });
  assert.match(await (await fetch(`http://${us}:${other}/metrics`)).text(), /^weft_bgp_peer_established\{peer="127\.9\.7\.2"\} 1$/m);
  writeFileSync(configFile, config());
  assert.deepEqual(await client.post<ReloadReply>("/v1/reload"), { changes: ["metrics over TCP end"] });
  await assert.rejects(fetch(`http://${us}:${other}/metrics`));
  const events = (await client.getText("/v1/events"))
    .trimEnd()
    .split("\n")
    .map((l) => JSON.parse(l) as EventRow);
  assert.deepEqual(
    events.filter((e) => e.event.startsWith("config.")).map((e) => e.event),
    ["refused", "refused", "reloaded", "refused", "reloaded", "reloaded"].map((e) => `config.${e}`),
  );
  assert.ok(isUp(speakers[0]!, us));
});

test("SIGTERM stops it with status 0, and leaves neither socket nor pid file", async () => {
  const gone = ended(reflector);
  assert.equal(readFileSync(path.join(runDirectory, "weft.pid"), "utf8"), `${reflector.pid}\n`);
  reflector.kill("SIGTERM");
  assert.equal(await gone, 0);
  assert.equal(existsSync(path.join(runDirectory, "weft.sock")), false);
  assert.equal(existsSync(path.join(runDirectory, "weft.pid")), false);
  const events = (await log)
    .trimEnd()
    .split("\n")
    .map((l) => (JSON.parse(l) as { event: string }).event);
  assert.equal(events[0], "daemon.starting");
  assert.equal(events.at(-1), "daemon.stopped");
});
