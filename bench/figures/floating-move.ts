// SPDX-License-Identifier: Apache-2.0
/**
 * `node bench/figures/floating-move.ts [MOVES]` (root): a workload with a floating IP goes to and fro between two hosts: the longest gap in pings every 10 ms from
 * a host outside, while a TCP connection through the same address, opened before, sends all it can. It has to live to the end.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { parseLabTopology } from "../../src/contract/config/load.ts";
import { labDown } from "../../src/lab/down.ts";
import { findPlace } from "../../src/lab/find.ts";
import { reaches, RunningPing } from "../../src/lab/measure/ping.ts";
import { labMove } from "../../src/lab/move.ts";
import { enter } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { labUp } from "../../src/lab/up.ts";
import { machineLine, quantile } from "../spread.ts";
import { buildTraffic, listener, trafficProgram } from "./traffic.ts";

const moves = Number(process.argv[2] ?? 20);
const lab = "bench-fipmove";
const floating = "203.0.113.101";

buildTraffic();
const plan = await labUp(
  parseLabTopology(
    `
name: ${lab}
underlay: { spines: 1, routing: static }
reflectors: [rr1]
nodes: { h1: {}, h2: {} }
public: { subnets: [203.0.113.0/24] }
domains: { shop: { l3vni: 5001 } }
networks: { web: { vni: 101, domain: shop, subnets: [{ cidr: 10.1.1.0/24, gateway: 10.1.1.1 }] } }
workloads: { w: { node: h1, network: web, ip: 10.1.1.11/24 } }
floatingIps: [{ address: ${floating}, port: w }]
`,
    lab,
  ),
);
const outside = findPlace(plan, "outside");

async function gapOf(to: string): Promise<number> {
  const run = new RunningPing(outside, floating);
  await waitFor("answers", () => run.received > 20, { within: 30_000 });
  await labMove(lab, "w", to);
  const had = run.received;
  await waitFor("answers from there", () => run.received > had + 50, { within: 30_000 });
  return (await run.stop()).longestGap;
}

try {
  await waitFor("outside to reach w", async () => await reaches(outside, floating), { within: 30_000 });
  const rows: string[] = [];
  for (const load of [false, true]) {
    const sink = load ? await listener(findPlace(plan, "w"), "stream-from") : undefined;
    const [program, ...argv] = enter(outside, [trafficProgram, "stream-to", floating, "3600"]);
    const source = load ? spawn(program!, argv, { stdio: "ignore" }) : undefined;
    const gaps: number[] = [];
    for (let i = 0; i < moves; i++) gaps.push(await gapOf(i % 2 === 0 ? "h2" : "h1"));
    let stream = "";
    if (source && sink) {
      const alive = source.exitCode === null && sink.child.exitCode === null;
      const closed = once(sink.child, "close");
      source.kill();
      await closed;
      stream = `${alive ? "went on" : "BROKE"}, ${((Number(sink.said().split("\n")[1]) * 8) / 1e9).toFixed(2)} Gb/s`;
    }
    rows.push(
      `| ${load ? "one TCP connection as fast as it goes" : "none"} | ${[0.5, 0.9, 1].map((q) => quantile(gaps, q)).join(" / ")} | ${stream} |`,
    );
  }
  console.log(`${machineLine()}; ${moves} moves each\n`);
  console.log(`| load | longest gap, p50 / p90 / worst ms | connection |\n|---|---|---|\n${rows.join("\n")}`);
} finally {
  await labDown(lab);
}
