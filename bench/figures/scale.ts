// SPDX-License-Identifier: Apache-2.0
/**
 * `node bench/figures/scale.ts [SECONDS]` (root): 1,000 networks at start, then 50,000 remote and 5,000 local MACs behind 200 VTEPs, then
 * churn of 1,000 routes a second. Says how long each step takes until the kernel's tables are exact, and what the agent uses.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { CrowdedHost } from "../../test/harness/crowded-host.ts";
import { machineLine, spread } from "../spread.ts";

const seconds = Number(process.argv[2] ?? 60);
const rate = 1000;
const stepMs = 100;

/** Share of one core over some seconds, %. */
async function cpuShare(host: CrowdedHost, ms: number): Promise<number> {
  const before = host.cpuMs();
  await sleep(ms);
  return ((host.cpuMs() - before) / ms) * 100;
}

const host = new CrowdedHost("benchscale", { networks: 1000, remoteMacs: 50_000, localMacs: 5000, vteps: 200 });
const rows: string[] = [];
try {
  rows.push(`| 1,000 networks: start of the agent → ready | ${(await host.start()).toFixed(0)} ms, ${host.residentMb().toFixed(0)} MB |`);
  const since = performance.now();
  await host.fill();
  await host.exact();
  rows.push(
    `| 50,000 remote and 5,000 local MACs, 4,000 flood entries → exact | ${(performance.now() - since).toFixed(0)} ms, ${host.residentMb().toFixed(0)} MB |`,
  );
  await sleep(5000);
  rows.push(`| idle for a minute, with one audit in it: CPU of one core | ${(await cpuShare(host, 60_000)).toFixed(1)} % |`);
  const memory: number[] = [];
  const answers: number[] = [];
  const cpu = host.cpuMs();
  const end = performance.now() + seconds * 1000;
  for (let step = 0; performance.now() < end; step++) {
    host.churn((rate * stepMs) / 1000);
    if (step % 50 === 25) answers.push(await host.commandMs("evpn", "networks", "-o", "json"));
    if (step % 50 === 0) memory.push(host.residentMb());
    if (step % 600 === 599) await host.talk();
    await sleep(stepMs);
  }
  rows.push(`| churn, ${rate} routes/s for ${seconds} s: CPU of one core | ${((host.cpuMs() - cpu) / seconds / 10).toFixed(0)} % |`);
  rows.push(
    `| — resident, MB: first / last / most | ${memory[0]!.toFixed(0)} / ${memory.at(-1)!.toFixed(0)} / ${Math.max(...memory).toFixed(0)} |`,
  );
  rows.push(`| — \`weft evpn networks\` meanwhile, ms: min / median / max | ${spread(answers)} |`);
  rows.push(`| — tables exact after the last change | ${(await host.exact()).toFixed(0)} ms |`);
} finally {
  await host.remove();
  console.log(`${machineLine()}\n\n| measure | |\n|---|---|\n${rows.join("\n")}`);
}
