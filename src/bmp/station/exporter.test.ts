// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { toHex } from "../../base/bytes/hex.ts";
import type { Ip } from "../../base/net/ip.ts";
import { parsePrefix } from "../../base/net/prefix.ts";
import { systemClock } from "../../base/run/clock.ts";
import type { RouteFilter } from "../../bgp/rib/route-query.ts";
import { type Random, randomFrom } from "../../bgp/rib/testing/random.ts";
import {
  announceMacs,
  freePort,
  isUp,
  macRoute,
  makeSpeaker,
  peerConfig,
  type RunningSpeaker,
  speakerConfig,
  until,
} from "../../bgp/speaker/testing/speakers.ts";
import { evpnKey } from "../../bgp/wire/nlri/evpn/table.ts";
import { StationServer, type TestStation, routeText } from "../testing/test-station.ts";
import { peerDownReason } from "../wire/message.ts";
import type { StationConfig } from "./config.ts";
import { BmpExporter } from "./exporter.ts";

const us = "127.9.43.1";
const clients = ["127.9.43.2", "127.9.43.3", "127.9.43.4"] as const;
let port: number;
let server: StationServer;
let config: StationConfig;
const running: RunningSpeaker[] = [];
const exporters: BmpExporter[] = [];

/** A test with a station's server of its own. No hooks: those of a file count for all files that run in one process. */
function monitored(name: string, body: () => Promise<void>): void {
  test(name, async () => {
    port = await freePort();
    server = new StationServer();
    config = {
      address: "127.0.0.1" as Ip,
      port: await server.listen("127.0.0.1"),
      tables: ["pre-policy", "post-policy", "loc-rib", "adj-rib-out"],
      reconnect: 0.01,
      statistics: 0.02,
      queue: 1 << 24,
    };
    try {
      await body();
    } finally {
      await Promise.all(exporters.splice(0).map((e) => e.stop()));
      await Promise.all(running.splice(0).map((s) => s.speaker.stop("shutdown")));
      await server.close();
    }
  });
}

async function reflector(): Promise<RunningSpeaker> {
  const range = parsePrefix("127.9.43.0/24")!;
  const s = makeSpeaker(
    speakerConfig(us, port, {
      reflector: { clusterId: us as Ip },
      dynamicPeers: [{ range, asn: 65_000, families: ["l2vpn-evpn"], client: true }],
    }),
  );
  running.push(s);
  await s.speaker.start();
  return s;
}

async function client(n: number): Promise<RunningSpeaker> {
  const s = makeSpeaker(speakerConfig(clients[n]!, port, { listen: [], peers: [peerConfig(us, port, clients[n]!)] }));
  running.push(s);
  await s.speaker.start();
  await until("the client's session", () => isUp(s, us));
  return s;
}

async function exporter(rr: RunningSpeaker, over: Partial<StationConfig> = {}, speaker = rr.speaker): Promise<BmpExporter> {
  const { journal, metrics } = rr;
  const identity = { asn: 65_000, identifier: 0x7f092b01, name: "rr1", version: "1.2.3", namespace: undefined };
  const e = new BmpExporter([{ ...config, ...over }], { speaker, journal, metrics, clock: systemClock, ...identity });
  exporters.push(e);
  await e.start();
  return e;
}

function truth(s: RunningSpeaker, filter: RouteFilter): Map<string, string> {
  const table = new Map<string, string>();
  s.speaker.rib.scanRoutes(
    filter,
    0,
    ({ nlri, attributes }) =>
      void table.set(evpnKey(nlri, 0, nlri.length), routeText(toHex(nlri), attributes.nextHop, attributes.attributes())),
    () => true,
  );
  return table;
}

function same(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}

/** Waits until every table that the station was told is what it ought to be. */
async function agrees(station: TestStation, rr: RunningSpeaker, up: readonly RunningSpeaker[]): Promise<void> {
  const wanted: [string, () => Map<string, string>][] = [["loc-rib", () => truth(rr, { best: true })]];
  for (const c of up) {
    const address = c.config.routerId;
    for (const table of ["pre-policy", "post-policy"]) wanted.push([`${address} ${table}`, () => truth(rr, { peer: address })]);
    wanted.push([`${address} adj-rib-out`, () => truth(c, { peer: us })]);
  }
  for (const [name, expected] of wanted) {
    await until(`${name} to be what it ought to be`, () => {
      if (station.fault !== undefined) throw station.fault;
      return same(station.table(name), expected());
    }).catch((error: unknown) => {
      assert.deepEqual(station.table(name), expected(), name);
      throw error;
    });
  }
}

async function connection(n: number): Promise<TestStation> {
  return await until(`connection ${n}`, () => server.connections[n]);
}

function announce(s: RunningSpeaker, random: Random): void {
  for (let i = 0; i < 20; i++) {
    const route = macRoute(random(60));
    if (random(3) === 0) s.speaker.rib.withdrawLocal("l2vpn-evpn", route.nlri);
    else s.speaker.rib.announceLocal({ ...route, nextHop: Uint8Array.of(10, 0, 0, random(4)) });
  }
  s.speaker.changed();
}

monitored("what is there and what changes, whoever comes and goes: a station's tables are ours", async () => {
  const random = randomFrom(4711);
  const rr = await reflector();
  const up = [await client(0), await client(1)];
  for (const c of up) announce(c, random);
  await exporter(rr);
  const first = await connection(0);
  await agrees(first, rr, up);
  up.push(await client(2));
  for (let round = 0; round < 15; round++) {
    for (const c of up) announce(c, random);
    if (round === 5) {
      // One that leaves takes its routes along, and comes back with others.
      await up[1]!.speaker.stop("shutdown");
      up.splice(1, 1);
    }
    if (round === 8) up.push(await client(1));
    if (round % 5 === 4) await agrees(first, rr, up);
  }
  await agrees(first, rr, up);
  for (const c of up)
    assert.ok(first.ended.has(`${c.config.routerId} post-policy`), `an End-of-RIB after the routes of ${c.config.routerId}`);
  assert.ok(first.ended.has("loc-rib"));
  // A station that comes anew gets the same.
  first.close();
  await agrees(await connection(1), rr, up);
});

monitored("it is told who we are, who is up with both OPENs, numbers, why a session ends, and that we leave", async () => {
  const rr = await reflector();
  const c = await client(0);
  announceMacs(c, 0, 5);
  const e = await exporter(rr);
  const station = await connection(0);
  await agrees(station, rr, [c]);
  await until("the end of the first table", () => station.ended.has("loc-rib"));
  const [initiation] = station.messages;
  assert.ok(initiation?.kind === "initiation");
  assert.deepEqual(
    initiation.information.map((i) => [i.type, Buffer.from(i.value).toString()]),
    [
      [1, "weft 1.2.3"],
      [2, "rr1"],
    ],
  );
  const up = station.messages.find((m) => m.kind === "peer-up" && m.peer.type === "global");
  assert.ok(up?.kind === "peer-up");
  assert.deepEqual([up.peer.address, up.peer.asn, up.localAddress, up.localPort], [clients[0], 65_000, us, port]);
  // OPEN: version 4, AS 65000, and the identifier of who sent it — RFC 4271 §4.2.
  assert.match(toHex(up.sentOpen), /^(ff){16}....0104fde8....7f092b01/);
  assert.match(toHex(up.receivedOpen), /^(ff){16}....0104fde8....7f092b02/);
  await until("the number of its routes", () => {
    const m = station.messages.findLast((x) => x.kind === "statistics" && x.peer.type === "global");
    return m?.kind === "statistics" && m.statistics.some((s) => s.type === 7 && "value" in s && s.value === 5n);
  });
  await c.speaker.stop("shutdown", "tea");
  const down = await until("the end of the session", () => station.messages.find((m) => m.kind === "peer-down"));
  assert.ok(down.kind === "peer-down");
  assert.equal(down.reason, peerDownReason.remoteNotification);
  assert.match(toHex(down.data), /^(ff){16}....03/);
  await e.stop();
  const last = await until("the last words", () => station.closed && station.messages.at(-1));
  assert.deepEqual(last, { kind: "termination", information: [{ type: 1, value: Uint8Array.of(0, 0) }] });
});

monitored("only the peers and the tables that it asked for", async () => {
  const rr = await reflector();
  const up = [await client(0), await client(1)];
  for (const c of up) announceMacs(c, 0, 5);
  await exporter(rr, { tables: ["post-policy"], peers: [parsePrefix(`${clients[1]}/32`)!] });
  const station = await connection(0);
  await until("routes", () => same(station.table(`${clients[1]} post-policy`), truth(rr, { peer: clients[1] })) && station.ended.size > 0);
  announceMacs(up[0]!, 5, 9);
  announceMacs(up[1]!, 5, 9);
  await until("new routes", () => station.table(`${clients[1]} post-policy`).size === 9);
  assert.deepEqual([...station.tables.keys()], [`${clients[1]} post-policy`]);
  assert.deepEqual([...station.up], [clients[1]]);
});

monitored("a station that stops reading costs what was set aside for it, then it begins anew; BGP does not wait", async () => {
  server.onConnection = (station) => {
    if (server.connections.length === 1) station.stopReading();
  };
  const rr = await reflector();
  const [a, b] = [await client(0), await client(1)];
  await exporter(rr, { tables: ["pre-policy"], queue: 1 << 20, statistics: 0 });
  await connection(0);
  // More than what the buffers of two sockets and the queue hold.
  for (let n = 0; server.connections.length < 2; n++) {
    announceMacs(a, 0, 4_000);
    await until("the routes at the other client", () => b.speaker.rib.stats().routes === 4_000);
    for (let i = 0; i < 4_000; i++) a.speaker.rib.withdrawLocal("l2vpn-evpn", macRoute(i).nlri);
    a.speaker.changed();
    await until("them gone", () => b.speaker.rib.stats().routes === 0);
    const waiting = rr.metrics.scrape().get(`weft_bmp_queued_bytes{station="127.0.0.1 port ${config.port}"}`) ?? 0;
    assert.ok(waiting <= (1 << 20) + (1 << 18), `${waiting} octets wait`);
    assert.ok(n < 400, "the queue fills");
  }
  assert.ok(rr.journal.events.some((e) => e.event === "bmp.station-behind"));
  assert.equal(rr.metrics.values.get(`weft_bmp_resyncs_total{station="127.0.0.1 port ${config.port}",limit="octets"}`), 1);
  announceMacs(a, 0, 50);
  const second = await connection(1);
  await until(
    "all of it anew",
    () => same(second.table(`${clients[0]} pre-policy`), truth(rr, { peer: clients[0] })) && truth(rr, {}).size === 50,
  );
});

monitored("a station that is not there is tried again, less and less often, and its settings may change", async () => {
  const rr = await reflector();
  const c = await client(0);
  announceMacs(c, 0, 3);
  const nobody = await freePort();
  const e = await exporter(rr, { port: nobody });
  await until("three attempts", () => rr.journal.events.filter((x) => x.event === "bmp.disconnected").length >= 3);
  const pauses = rr.journal.events.filter((x) => x.event === "bmp.disconnected").map((x) => x.fields["retry"]);
  assert.deepEqual(pauses.slice(0, 3), [0.01, 0.02, 0.04]);
  assert.deepEqual(e.reconfigure([{ ...config, tables: ["loc-rib"] }]), [
    `monitoring station 127.0.0.1 port ${config.port} is told`,
    `monitoring station 127.0.0.1 port ${nobody} is told no more as it was`,
  ]);
  const station = await connection(0);
  await until("the table", () => station.table("loc-rib").size === 3 && station.ended.has("loc-rib"));
  assert.deepEqual(e.reconfigure([{ ...config, tables: ["loc-rib"] }]), []);
  assert.equal(station.closed, false);
});

/** The same object, with one property of another value. */
function withOther<T extends object>(object: T, property: keyof T, value: unknown): T {
  return new Proxy(object, {
    get(target, key) {
      const found: unknown = key === property ? value : Reflect.get(target, key, target);
      return typeof found === "function" ? found.bind(target) : found;
    },
  });
}

monitored("a fault of ours while a station is told costs its connection, nothing more", async () => {
  const rr = await reflector();
  const c = await client(0);
  announceMacs(c, 0, 5);
  const { rib } = rr.speaker;
  let faults = 0;
  const scanRoutes = (...query: Parameters<typeof rib.scanRoutes>): number | undefined => {
    if (faults++ === 0) throw new Error("no such page");
    return rib.scanRoutes(...query);
  };
  await exporter(rr, {}, withOther(rr.speaker, "rib", withOther(rib, "scanRoutes", scanRoutes)));
  await agrees(await connection(1), rr, [c]);
  const lost = rr.journal.events.find((e) => e.event === "bmp.disconnected");
  assert.equal(lost?.fields["reason"], "fault of our own: Error: no such page");
  assert.ok(isUp(c, us));
});
