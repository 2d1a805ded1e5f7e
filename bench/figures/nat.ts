// SPDX-License-Identifier: Apache-2.0
/**
 * `node bench/figures/nat.ts [ROUNDS]` (root): from a workload through its domain, the link and the host to a host outside: routed without NAT, with a
 * floating IP, and with outbound NAT. Three domains on one host, each way in turn in the same minute: one TCP connection, and packets in frames of 64 octets, 3 s each.
 */
import { parseLabTopology } from "../../src/contract/config/load.ts";
import { labDown } from "../../src/lab/down.ts";
import { findPlace } from "../../src/lab/find.ts";
import { reaches } from "../../src/lab/measure/ping.ts";
import { command } from "../../src/lab/system/command.ts";
import { enter } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { labUp } from "../../src/lab/up.ts";
import { machineLine, spread } from "../spread.ts";
import { buildTraffic, ratio, rate } from "./traffic.ts";

const rounds = Number(process.argv[2] ?? 9);
const subnet = (cidr: string, gateway: string): string => `[{ cidr: ${cidr}, gateway: ${gateway} }]`;
const lab = "bench-nat";
const outside = "203.0.113.254";
const ways = { routed: "o1", "floating IP": "f1", "outbound NAT": "p1" } as const;

buildTraffic();
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

try {
  await command(enter(far, ["ip", "route", "add", "198.51.100.0/24", "via", "203.0.113.1"]));
  for (const w of Object.values(ways))
    await waitFor(`${w} to reach outside`, async () => await reaches(findPlace(plan, w), outside), { within: 30_000 });
  const figures = new Map(Object.keys(ways).map((way) => [way, { stream: [] as number[], small: [] as number[] }]));
  for (let i = 0; i < rounds; i++) {
    for (const measure of ["stream", "small"] as const)
      for (const [way, w] of Object.entries(ways)) figures.get(way)![measure].push(await rate(measure, findPlace(plan, w), far, outside));
  }
  console.log(`${machineLine()}; ${rounds} rounds\n`);
  console.log("| way | TCP, Gb/s | ratio | 64-octet frames, k/s | ratio |\n|---|---|---|---|---|");
  const base = figures.get("routed")!;
  for (const [way, { stream, small }] of figures) {
    const gbits = stream.map((v) => (v * 8) / 1e9);
    const thousands = small.map((v) => v / 1000);
    console.log(`| ${way} | ${spread(gbits, 2)} | ${ratio(stream, base.stream)} | ${spread(thousands)} | ${ratio(small, base.small)} |`);
  }
} finally {
  await labDown(lab);
}
