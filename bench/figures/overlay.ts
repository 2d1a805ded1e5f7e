// SPDX-License-Identifier: Apache-2.0
/**
 * `node bench/figures/overlay.ts [ROUNDS]` (root): between workloads on two hosts, bridged (the same network) and routed (another network of the domain, symmetric
 * IRB), in turn in the same minute: one TCP connection, and packets in frames of 64 octets, 3 s each; workloads of MTU 1500. Then round trips of the first packet of a new
 * flow beside the later ones, also with all agents and the reflector stopped (SIGSTOP).
 */
import { parseLabTopology } from "../../src/contract/config/load.ts";
import { labDown } from "../../src/lab/down.ts";
import { findPlace } from "../../src/lab/find.ts";
import { reaches } from "../../src/lab/measure/ping.ts";
import { placeOf } from "../../src/lab/member/place-of.ts";
import { labReady } from "../../src/lab/status.ts";
import { recordedProcesses } from "../../src/lab/system/managed-process.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { labUp } from "../../src/lab/up.ts";
import { machineLine, quantile, spread } from "../spread.ts";
import { buildTraffic, ratio, rate, roundTrips } from "./traffic.ts";

const rounds = Number(process.argv[2] ?? 7);
const lab = "bench-overlay";
/** Enough that each new flow may go to an address that nobody has asked for yet. */
const fresh = Array.from({ length: 100 }, (_, i) => `10.1.2.${100 + i}`);

buildTraffic();
const plan = await labUp(
  parseLabTopology(
    `
name: ${lab}
underlay: { spines: 1, routing: static }
reflectors: [rr1]
nodes: { h1: {}, h2: {} }
domains: { shop: { l3vni: 5001 } }
networks:
  web: { vni: 101, domain: shop, subnets: [{ cidr: 10.1.1.0/24, gateway: 10.1.1.1 }] }
  db: { vni: 102, domain: shop, subnets: [{ cidr: 10.1.2.0/24, gateway: 10.1.2.1 }] }
workloads:
  from: { node: h1, network: web, ip: 10.1.1.11/24 }
  bridged: { node: h2, network: web, ip: 10.1.1.12/24 }
  routed: { node: h2, network: db, ip: [10.1.2.12/24, ${fresh.map((a) => `${a}/24`).join(", ")}] }
`,
    lab,
  ),
);
const from = findPlace(plan, "from");
const ways = { bridged: "10.1.1.12", routed: "10.1.2.12" } as const;

/** Sends a signal to every daemon of Weft in the lab. */
function signalAll(signal: "SIGSTOP" | "SIGCONT"): void {
  for (const m of plan.members)
    for (const p of recordedProcesses(placeOf(m).folder))
      if (p.name === "agent" || p.name === "reflector") process.kill(p.identity.pid, signal);
}

function firstAndLater(what: string, rows: readonly (readonly number[])[]): void {
  const first = rows.map((r) => r[0]!);
  const later = rows.flatMap((r) => r.slice(1));
  const p = (v: readonly number[]): string => [0.5, 0.99, 1].map((q) => quantile(v, q).toFixed(0)).join(" / ");
  const more = quantile(first, 0.5) - quantile(later, 0.5);
  console.log(`| ${what} | ${p(first)} | ${p(later)} | ${more.toFixed(0)} |`);
}

try {
  await labReady(plan);
  for (const ip of Object.values(ways)) await waitFor(`${ip} to be reached`, async () => await reaches(from, ip), { within: 30_000 });
  console.log(`${machineLine()}; ${rounds} rounds\n`);
  const figures = { bridged: { stream: [] as number[], small: [] as number[] }, routed: { stream: [] as number[], small: [] as number[] } };
  for (let i = 0; i < rounds; i++) {
    for (const measure of ["stream", "small"] as const)
      for (const [way, ip] of Object.entries(ways) as ["bridged" | "routed", string][])
        figures[way][measure].push(await rate(measure, from, findPlace(plan, way), ip));
  }
  console.log("| way | TCP, Gb/s | ratio | 64-octet frames, k/s | ratio |\n|---|---|---|---|---|");
  for (const [way, { stream, small }] of Object.entries(figures)) {
    const gbits = stream.map((v) => (v * 8) / 1e9);
    const thousands = small.map((v) => v / 1000);
    console.log(
      `| ${way} | ${spread(gbits, 2)} | ${ratio(stream, figures.bridged.stream)} | ${spread(thousands)} | ${ratio(small, figures.bridged.small)} |`,
    );
  }
  console.log("\n| round trips, p50 / p99 / worst µs | first of a flow | later | difference of the medians |\n|---|---|---|---|");
  const routed = findPlace(plan, "routed");
  signalAll("SIGSTOP");
  firstAndLater("routed, addresses never asked for, all daemons stopped", await roundTrips(from, routed, fresh.length, 10, fresh));
  firstAndLater("routed, a new flow each, all daemons stopped", await roundTrips(from, routed, 500, 10, [ways.routed]));
  firstAndLater("bridged, all daemons stopped", await roundTrips(from, findPlace(plan, "bridged"), 500, 10, [ways.bridged]));
  signalAll("SIGCONT");
  firstAndLater("routed", await roundTrips(from, routed, 500, 10, [ways.routed]));
  firstAndLater("bridged", await roundTrips(from, findPlace(plan, "bridged"), 500, 10, [ways.bridged]));
} finally {
  signalAll("SIGCONT");
  await labDown(lab);
}
