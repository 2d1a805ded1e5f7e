// SPDX-License-Identifier: Apache-2.0
/**
 * `node bench/figures/churn-memory.ts [MINUTES] [NETWORKS]` (root): an agent with 50,000 remote and 5,000 local MACs while 1,000 routes a second change.
 * What it has after all garbage was collected, at the start and after each minute: memory that is flat grows no more once everything has been
 * hot. At the end everything is withdrawn, and what is left then is told, too.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { machineLine } from "../spread.ts";
import { ProbedHost } from "./probed-host.ts";

const minutes = Number(process.argv[2] ?? 3);
const networks = Number(process.argv[3] ?? 1000);
const rate = 1000;
const stepMs = 100;

const probed = new ProbedHost("benchmem", { networks, remoteMacs: 50_000, localMacs: 5000, vteps: 200 });
const { host } = probed;

const mb = (octets: number): string => (octets / 2 ** 20).toFixed(1);

async function row(when: string): Promise<void> {
  const resident = host.residentMb();
  const cpu = host.cpuMs();
  const { heapUsed, external, arrayBuffers, rss } = await probed.memory();
  const columns = [resident.toFixed(0), mb(rss), mb(heapUsed), mb(external), mb(arrayBuffers), (cpu / 1000).toFixed(1)];
  console.log(`| ${when} | ${columns.join(" | ")} |`);
}

console.log(`${machineLine()}; ${networks} networks, ${rate} routes/s\n`);
console.log(
  "| MB | resident before the collection | after it | heap used | external | of that buffers | CPU so far, s |\n|---|---|---|---|---|---|---|",
);
try {
  await probed.start();
  await row("ready, without routes");
  await host.fill();
  await host.exact();
  await sleep(3000);
  await row("filled");
  for (let minute = 1; minute <= minutes; minute++) {
    const end = performance.now() + 60_000;
    let changed = 0;
    for (const since = performance.now(); performance.now() < end;) {
      // By the clock: a late timer does not make less of it.
      const due = Math.floor(((performance.now() - since) * rate) / 1000) - changed;
      host.churn(due);
      changed += due;
      await sleep(stepMs);
    }
    await host.talk();
    await row(`after ${minute} min, ${changed} changes in the last`);
  }
  console.log(`\nexact ${(await host.exact()).toFixed(0)} ms after the last change\n`);
  await row("exact");
  host.withdrawAll();
  await host.exact();
  await sleep(3000);
  await row("all withdrawn");
} finally {
  await host.remove();
}
