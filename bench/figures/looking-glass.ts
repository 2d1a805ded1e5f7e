// SPDX-License-Identifier: Apache-2.0
/**
 * `node bench/figures/looking-glass.ts [routes per sender] [clients]` (root): questions about a reflector's million routes, and about its
 * thousands of sessions: how long each takes, and what it does to a route that passes meanwhile. The clients are bench/reflector/generator.c.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import type { RouteRow, RoutesReply } from "../../src/contract/inspect.ts";
import { inspect } from "../../src/lab/peer/inspect.ts";
import { weftRunFolder } from "../../src/lab/peer/weft.ts";
import { enter, type Place } from "../../src/lab/system/place.ts";
import { Scratch } from "../../test/harness/scratch.ts";
import { buildGenerator, type Crowd, clientRange, Generator, type Latencies, reflectorAddress } from "../reflector/generator.ts";
import { buildPackage, longestPause, pauseProbe, residentOctets, type Running, startReflector } from "../reflector/reflectors.ts";
import { machineLine, spread } from "../spread.ts";

const [routes = 250_000, crowdSize = 2_000] = process.argv.slice(2).map(Number);
/** Routes whose way through the reflector is timed, each time. */
const probes = 400;

const folder = mkdtempSync(path.join(tmpdir(), "weft-bench-"));
const program = buildGenerator(folder);
const weft = buildPackage(folder);

interface Bench {
  readonly place: Place;
  readonly reflector: Running;
  readonly generator: Generator;
}

async function withCrowd(crowd: Crowd, measure: (b: Bench) => Promise<void>): Promise<void> {
  const net = new Scratch("benchlg");
  try {
    const place = await net.host("rr");
    await net.ip(place, [`address add ${reflectorAddress}/32 dev lo`, `route add local ${clientRange} dev lo`]);
    const env = { NODE_OPTIONS: `--import=${pauseProbe}`, PAUSE_FILE: `${place.folder}/pause` };
    const reflector = await startReflector("weft", place, weft, env);
    const generator = new Generator(program, place, crowd);
    await generator.connect(0, crowd.clients);
    await measure({ place, reflector, generator });
    generator.end();
  } finally {
    await net.remove();
  }
}

function row(what: string, value: string): void {
  console.log(`| ${what} | ${value} |`);
}

function latency({ p50, p99, worst }: Latencies): string {
  return [p50, p99, worst].map((us) => (us / 1000).toFixed(2)).join(" / ");
}

async function timed(times: number, ask: () => Promise<unknown>): Promise<string> {
  const ms: number[] = [];
  for (let i = 0; i < times; i++) {
    const since = performance.now();
    await ask();
    ms.push(performance.now() - since);
  }
  return spread(ms, 1);
}

/** Runs `weft bgp routes -o json` again and again until told to stop. @returns how long each took, s, and how many octets came */
function listing(place: Place): { stop(): Promise<readonly [seconds: readonly number[], octets: number]> } {
  const seconds: number[] = [];
  let octets = 0;
  const over = new AbortController();
  const once = async (): Promise<void> => {
    const since = performance.now();
    octets = 0;
    const line = enter(place, [weft, "bgp", "routes", "-o", "json", "--run-dir", weftRunFolder(place)]);
    const child = spawn(line[0]!, line.slice(1), { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.on("data", (chunk: Buffer) => void (octets += chunk.length));
    await new Promise((resolve) => void child.once("close", resolve));
    seconds.push((performance.now() - since) / 1000);
  };
  const all = (async () => {
    while (!over.signal.aborted) await once();
  })();
  return {
    async stop() {
      over.abort();
      await all;
      return [seconds, octets];
    },
  };
}

/** Asks for all routes and reads nothing of the answer. @returns ends it */
async function slowReader(place: Place): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const req = request({ socketPath: `${weftRunFolder(place)}/weft.sock`, path: "/v1/bgp/routes?stream=1" }, () => resolve()).end();
  await promise;
  return () => req.destroy();
}

async function aboutRoutes({ place, reflector, generator }: Bench): Promise<void> {
  await generator.announce();
  const ask = async (query: string): Promise<RoutesReply> => await inspect<RoutesReply>(weftRunFolder(place), `/v1/bgp/routes?${query}`);
  const [one] = (await ask("limit=1")).rows as [RouteRow];
  row("one route passing, nobody asks: p50 / p99 / worst, ms", latency(await generator.one(probes)));
  const before = residentOctets(reflector);
  await longestPause(reflector, place);
  const lists = listing(place);
  const during = await generator.one(probes);
  const [seconds, octets] = await lists.stop();
  row("— while `weft bgp routes -o json` lists all, over and over", latency(during));
  row("— longest time without a turn of the loop, ms", `${await longestPause(reflector, place)}`);
  row("one listing of all, program start included, s", `${spread(seconds, 1)} (${(octets / 1e6).toFixed(0)} MB)`);
  row("resident memory before / after, MB", `${(before / 1e6).toFixed(0)} / ${(residentOctets(reflector) / 1e6).toFixed(0)}`);
  const ends = await Promise.all(Array.from({ length: 20 }, () => slowReader(place)));
  row("— with 20 readers that do not read: one route passing, ms", latency(await generator.one(probes)));
  row("— resident memory then, MB", (residentOctets(reflector) / 1e6).toFixed(0));
  for (const end of ends) end();
  for (const query of [
    `mac=${one.mac}`,
    `rd=${one.rd}&limit=10`,
    "ip=10.1.2.3",
    "rt=65000:9999",
    "vni=16000000",
    "community=65000:1",
    "nextHop=10.1.2.3",
  ])
    row(`\`${query.replace(/=.*?(&|$)/g, "$1").trim()}\`, all records looked at, 5 times, ms`, await timed(5, () => ask(query)));
  await longestPause(reflector, place);
  await timed(5, () => ask(`mac=${one.mac}`));
  row("— longest time without a turn of the loop, ms", `${await longestPause(reflector, place)}`);
  row("one route with its reasons, ms", await timed(5, () => inspect(weftRunFolder(place), `/v1/bgp/route?route=${one.mac}`)));
}

async function aboutPeers({ place, reflector, generator }: Bench): Promise<void> {
  await longestPause(reflector, place);
  const questions = ["/v1/bgp/peers", "/v1/bgp/peers?state=failed", "/v1/status", "/v1/bgp/summary"];
  for (const q of questions) row(`\`${q}\`, 5 times, ms`, await timed(5, () => inspect(weftRunFolder(place), q)));
  row("a scrape, ms", await timed(5, () => scrape(place)));
  row("— longest time without a turn of the loop in all of these, ms", `${await longestPause(reflector, place)}`);
  const loading = generator.announce();
  for (const q of questions) row(`\`${q}\` while loading, ms`, await timed(3, () => inspect(weftRunFolder(place), q)));
  row("a scrape while loading, ms", await timed(3, () => scrape(place)));
  row("loading meanwhile, s", (await loading).seconds.toFixed(1));
}

async function scrape(place: Place): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const req = request({ socketPath: `${weftRunFolder(place)}/weft.sock`, path: "/metrics" }, (res) => {
      res.resume();
      res.once("end", resolve);
    });
    req.once("error", reject);
    req.end();
  });
}

try {
  console.log(`${machineLine()}\n`);
  console.log(`| ${routes * 4} routes of 4 senders, 6 more clients | |\n|---|---|`);
  await withCrowd({ senders: 4, clients: 10, routes }, aboutRoutes);
  console.log(`\n| ${crowdSize} clients, 50 of them announce 200 routes each | |\n|---|---|`);
  await withCrowd({ senders: 50, clients: crowdSize, routes: 200 }, aboutPeers);
} finally {
  rmSync(folder, { recursive: true });
}
