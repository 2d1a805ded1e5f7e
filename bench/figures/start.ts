// SPDX-License-Identifier: Apache-2.0
/** `node bench/figures/start.ts` (root): how long the command line and an agent take to start. Whole processes, timed from outside. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { weftProgram, writeWeftConfig } from "../../src/lab/peer/weft.ts";
import { enter, type Place } from "../../src/lab/system/place.ts";
import { Scratch } from "../../test/harness/scratch.ts";
import { machineLine, spread } from "../spread.ts";

const runs = 15;

async function commandMs(argv: readonly string[]): Promise<number> {
  const since = performance.now();
  const [code] = await once(spawn(weftProgram, argv, { stdio: "ignore" }), "exit");
  if (code !== 0) throw new Error(`weft ${argv.join(" ")}: exit status ${code}`);
  return performance.now() - since;
}

async function agentMs(place: Place, run: number): Promise<number> {
  const argv = enter(place, [weftProgram, "agent", "--config", `${place.folder}/agent.yaml`, "--run-dir", `${place.folder}/run${run}`]);
  const since = performance.now();
  const child = spawn(argv[0]!, argv.slice(1), { stdio: ["ignore", "pipe", "ignore"] });
  for await (const line of createInterface(child.stdout)) if (line === "ready") break;
  const ms = performance.now() - since;
  child.kill("SIGTERM");
  await once(child, "exit");
  return ms;
}

async function repeat(measure: (run: number) => Promise<number>): Promise<number[]> {
  await measure(0);
  const values: number[] = [];
  for (let run = 1; run <= runs; run++) values.push(await measure(run));
  return values;
}

const net = new Scratch("benchup");
try {
  const host = await net.host("h1", { ownNamespaces: true });
  await net.segment([[host, "10.0.0.1/24"]]);
  writeWeftConfig(host, "agent", {
    host: "h1",
    bgp: { asn: 65000, routerId: "10.0.0.1", listen: [], peers: [{ address: "10.0.0.4", asn: 65000, families: ["l2vpn-evpn"] }] },
    vtep: { address: "10.0.0.1" },
    domains: [{ name: "shop" }],
    networks: Array.from({ length: 20 }, (_, i) => ({ name: `n${i}`, vni: 100 + i, ...(i % 2 === 0 ? {} : { domain: "shop" }) })),
  });
  const help = await repeat(() => commandMs(["--help"]));
  const version = await repeat(() => commandMs(["version"]));
  const agent = await repeat((run) => agentMs(host, run));
  console.log(`${machineLine()}\n\n| measure, ${runs} runs | min / median / max, ms |\n|---|---|`);
  console.log(`| weft --help | ${spread(help)} |\n| weft version | ${spread(version)} |`);
  console.log(`| weft agent, 20 networks: process start → \`ready\` | ${spread(agent)} |`);
} finally {
  await net.remove();
}
