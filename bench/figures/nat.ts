// SPDX-License-Identifier: Apache-2.0
/**
 * `node bench/figures/nat.ts [ROUNDS]` (root): from a workload through its domain, the link and the host to a host outside: routed without NAT, with a
 * floating IP, and with outbound NAT. Three domains on one host, each way in turn in the same minute: TCP, 3 s each, and pings sent as fast as
 * they are answered, 64 on the way, 56 octets.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { parseLabTopology } from "../../src/contract/config/load.ts";
import { labDown } from "../../src/lab/down.ts";
import { findPlace } from "../../src/lab/find.ts";
import { reaches } from "../../src/lab/measure/ping.ts";
import { command } from "../../src/lab/system/command.ts";
import { enter, type Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { labUp } from "../../src/lab/up.ts";
import { machineLine, quantile, spread } from "../spread.ts";

const rounds = Number(process.argv[2] ?? 9);
const subnet = (cidr: string, gateway: string): string => `[{ cidr: ${cidr}, gateway: ${gateway} }]`;
const lab = "bench-nat";
const outside = "203.0.113.254";
const ways = { routed: "o1", "floating IP": "f1", "outbound NAT": "p1" } as const;

const plan = await labUp(
  parseLabTopology(
    `
name: ${lab}
underlay: { spines: 1, routing: static }
reflectors: [rr1]
nodes: { h1: {} }
public: { subnets: [203.0.113.0/24] }
domains: { open: { external: { subnets: [198.51.100.0/24] } }, fip: {}, pnat: { nat: {} } }
networks:
  o: { vni: 101, domain: open, subnets: ${subnet("198.51.100.0/24", "198.51.100.1")} }
  f: { vni: 102, domain: fip, subnets: ${subnet("10.1.1.0/24", "10.1.1.1")} }
  p: { vni: 103, domain: pnat, subnets: ${subnet("10.1.1.0/24", "10.1.1.1")} }
workloads:
  o1: { node: h1, network: o, ip: 198.51.100.11/24 }
  f1: { node: h1, network: f, ip: 10.1.1.11/24 }
  p1: { node: h1, network: p, ip: 10.1.1.11/24 }
floatingIps: [{ address: 203.0.113.101, port: f1 }]
`,
    lab,
  ),
);
const far = findPlace(plan, "outside");

const receiver = `
let n = 0;
require("node:net").createServer((s) => {
  s.on("data", (d) => { n += d.length; });
  s.on("error", () => {});
  s.on("close", () => { console.log(n); process.exit(0); });
}).listen(7000, () => console.log("ready"));`;
const sender = `
const s = require("node:net").connect(7000, "${outside}"), b = Buffer.alloc(1 << 18);
const go = () => { while (s.write(b)); };
s.on("connect", go); s.on("drain", go); s.on("error", () => {}); s.on("close", () => process.exit(0));
setTimeout(() => s.destroy(), 3000);`;

/** Gb/s of one TCP connection. */
async function throughput(from: Place): Promise<number> {
  const server = spawn(...argv(far, receiver));
  const closed = once(server, "close");
  let said = "";
  server.stdout.setEncoding("utf8").on("data", (t: string) => (said += t));
  await waitFor("the receiver", () => said.includes("ready"), { every: 5 });
  await command(enter(from, [process.execPath, "-e", sender]));
  await closed;
  return (Number(said.split("\n")[1]) * 8) / 3 / 1e9;
}

function argv(place: Place, script: string): [string, string[], { stdio: ["ignore", "pipe", "inherit"] }] {
  const [program, ...rest] = enter(place, [process.execPath, "-e", script]);
  return [program!, rest, { stdio: ["ignore", "pipe", "inherit"] }];
}

/** Answered pings per second. */
async function packets(from: Place): Promise<number> {
  const count = 40_000;
  const text = await command(enter(from, ["ping", "-q", "-f", "-l", "64", "-c", String(count), outside]));
  const [, received, ms] = /(\d+) received,.* time (\d+)ms/.exec(text)!;
  return Number(received) / (Number(ms) / 1000);
}

try {
  await command(enter(far, ["ip", "route", "add", "198.51.100.0/24", "via", "203.0.113.1"]));
  for (const w of Object.values(ways))
    await waitFor(`${w} to reach outside`, async () => await reaches(findPlace(plan, w), outside), { within: 30_000 });
  const figures = new Map(Object.keys(ways).map((way) => [way, { tcp: [] as number[], pps: [] as number[] }]));
  for (let i = 0; i < rounds; i++) {
    for (const [way, w] of Object.entries(ways)) {
      figures.get(way)!.tcp.push(await throughput(findPlace(plan, w)));
      figures.get(way)!.pps.push(await packets(findPlace(plan, w)));
    }
  }
  console.log(`${machineLine()}; ${rounds} rounds\n`);
  console.log("| way | TCP, Gb/s | ratio | pings/s | ratio |\n|---|---|---|---|---|");
  const base = figures.get("routed")!;
  /** Of each round by itself, since the machine differs from round to round. */
  const ratio = (values: readonly number[], of: readonly number[]): string =>
    quantile(
      values.map((v, i) => v / of[i]!),
      0.5,
    ).toFixed(2);
  for (const [way, { tcp, pps }] of figures)
    console.log(`| ${way} | ${spread(tcp, 1)} | ${ratio(tcp, base.tcp)} | ${spread(pps)} | ${ratio(pps, base.pps)} |`);
} finally {
  await labDown(lab);
}
