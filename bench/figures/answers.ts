// SPDX-License-Identifier: Apache-2.0
/**
 * `node bench/figures/answers.ts [ROUNDS] [NETWORKS]` (root): an agent with 1,000 networks and 50,000 remote and 5,000 local MACs, at rest and then while
 * 1,000 routes a second change. For each command of the CLI: how long until it has all of its answer, process start included, and the
 * longest time for which the agent's loop got no turn meanwhile.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { machineLine, spread } from "../spread.ts";
import { ProbedHost } from "./probed-host.ts";

const rounds = Number(process.argv[2] ?? 5);
const networks = Number(process.argv[3] ?? 1000);
const rate = 1000;
const stepMs = 100;
const commands = [
  ["status"],
  ["health"],
  ["metrics"],
  ["evpn", "networks"],
  ["evpn", "macs"],
  ["evpn", "macs", "--network", "n1"],
  ["evpn", "macs", "--mac", "02:00:01:00:00:07"],
  ["evpn", "neighbours"],
  ["evpn", "vteps"],
  ["evpn", "ports"],
  ["evpn", "domains"],
  ["evpn", "prefixes"],
  ["evpn", "duplicates"],
  ["bgp", "routes"],
  ["bgp", "peers"],
  ["bgp", "memberships"],
  ["kernel", "diff"],
];

const probed = new ProbedHost("benchasks", { networks, remoteMacs: 50_000, localMacs: 5000, vteps: 200 });
const { host } = probed;
const rows: string[] = [];

async function measure(argv: readonly string[]): Promise<string> {
  const times: number[] = [];
  const pauses: number[] = [];
  for (let i = 0; i < rounds; i++) {
    await probed.longestPause();
    times.push(await host.commandMs(...argv));
    pauses.push(await probed.longestPause());
  }
  return `${spread(times)} | ${spread(pauses)}`;
}

/** With nobody who asks. */
async function undisturbed(): Promise<string> {
  const pauses: number[] = [];
  for (let i = 0; i < rounds; i++) {
    await probed.longestPause();
    await sleep(1000);
    pauses.push(await probed.longestPause());
  }
  return `| ${spread(pauses)}`;
}

try {
  const ready = await probed.start();
  await host.fill();
  await host.exact();
  await sleep(3000);
  console.error(`ready after ${ready.toFixed(0)} ms`);
  const quiet = [await undisturbed()];
  for (const argv of commands) quiet.push(await measure(argv));
  const timer = setInterval(() => host.churn((rate * stepMs) / 1000), stepMs);
  const busy = [await undisturbed()];
  for (const argv of commands) busy.push(await measure(argv));
  clearInterval(timer);
  const names = ["(nobody asks)", ...commands.map((argv) => `weft ${argv.join(" ")}`)];
  names.forEach((name, i) => rows.push(`| \`${name}\` | ${quiet[i]} | ${busy[i]} |`));
} finally {
  await host.remove();
  console.log(`${machineLine()}; ${networks} networks\n`);
  console.log(
    `| command, ms: min / median / max of ${rounds} | at rest | longest turn | ${rate} routes/s | longest turn |\n|---|---|---|---|---|`,
  );
  console.log(rows.join("\n"));
}
